# The auth server alone. Its base is any image with Node 24 and npm on glibc or musl, x64 or arm64:
#   docker build --build-arg BASE_IMAGE=node:24-bookworm-slim -t tokenforge .
ARG BASE_IMAGE=node:24-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What the packages bring for debuggers and type checkers is a third of their size. The last line fails the build, instead
# of the first login, where bcrypt has no binary for this platform.
RUN npm ci --omit=dev \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && node -e "require('bcrypt')"
COPY . .
ENV NODE_COMPILE_CACHE=/app/node_modules/.cache/tokenforge
# The compile cache counts only for the user that made it.
RUN mkdir -p node_modules/.cache/tokenforge && chown -R 1000:1000 node_modules/.cache
USER 1000:1000
RUN node ops/image/warm-up.ts
USER 0:0
RUN rm -r ops && chown -R 0:0 node_modules/.cache && chmod -R a+rX node_modules/.cache

FROM ${BASE_IMAGE}
# No program that gives its user more rights than he has.
RUN find / -xdev -type f \( -perm -4000 -o -perm -2000 \) -exec chmod a-s {} +
# For audit events while Postgres is away. A new volume that is mounted here belongs to the server, because the folder does.
RUN mkdir -m 700 /var/lib/tokenforge && chown 1000:1000 /var/lib/tokenforge
WORKDIR /app
# Everything belongs to root: the server can't change itself.
COPY --from=build /app .
ENV NODE_ENV=production HOST=0.0.0.0 NODE_COMPILE_CACHE=/app/node_modules/.cache/tokenforge
# By number, so that an orchestrator can tell that it is not root.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
# Whether the process answers, not whether it is ready: who restarts what is unhealthy must not restart the server because a
# database is down. Running on, it verifies tokens with the keys that it has in memory; a new one has none yet.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["node", "-e", "\
  require('http') \
    .get({ host: '127.0.0.1', port: process.env.PORT || 3000, path: '/health/live' }, (answer) => \
      process.exit(answer.statusCode === 200 ? 0 : 1)) \
    .on('error', () => process.exit(1))"]
# Node itself is the first process of the container, so that signals reach it and its exit code is the container's. These
# are the words of the start script in package.json; `docker run ... tokenforge migrate.ts status` runs another file.
ENTRYPOINT ["node"]
CMD ["--max-semi-space-size=16", "server.ts"]
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="TokenForge" \
      org.opencontainers.image.description="An auth server that does not go down with its database" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
