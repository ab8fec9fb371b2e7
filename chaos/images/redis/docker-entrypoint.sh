#!/bin/bash
# Becomes the server, as the user redis. Options and a file of settings are taken like those of redis-server.
set -euo pipefail

case $1 in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" != redis-server ]; then exec "$@"; fi

if [ "$(id -u)" = 0 ]; then
  chown -R redis:redis .
  exec setpriv --reuid=redis --regid=redis --init-groups "$BASH" "$0" "$@"
fi
# As in the official image: who may connect is decided by what is published, not by where a client comes from.
case " $* " in *' --protected-mode '*) ;; *) set -- "$@" --protected-mode no ;; esac
exec "$@"
