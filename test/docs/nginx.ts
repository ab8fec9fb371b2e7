import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from '../../local/ports.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { type Service, startService } from './service.ts'

/** What nginx needs beside the example, so that it is nobody else's and writes nowhere else. */
const AROUND = (folder: string, example: string) => `
daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${example}
}
`

/** Debian has it in a folder that need not be on the path. */
async function program(): Promise<string> {
  for (const nginx of ['nginx', '/usr/sbin/nginx']) {
    if ((await promisify(execFile)(nginx, ['-v']).catch(() => null)) !== null) return nginx
  }
  throw new Error('nginx is missing: apt-get install nginx-light')
}

/** Starts nginx with an example of the page; `fill` puts in what is ours. */
export async function startNginx(t: Test, fill: (port: number, folder: string) => string): Promise<Service> {
  const [nginx, folder, port] = [await program(), temporaryFolder(t), await freePort()]
  mkdirSync(join(folder, 'run'))
  writeFileSync(join(folder, 'nginx.conf'), AROUND(folder, fill(port, folder)))
  const args = ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf']
  return startService(t, { file: nginx, args, cwd: folder, port })
}

/** The application behind: tells whom it was asked for, and fails on a path of its own. */
export async function startApplication(t: Test): Promise<string> {
  const server = createServer(({ url, headers }, response) => {
    if (url === '/broken') response.writeHead(500).end('its own')
    else response.end(`${headers['x-auth-subject']} in ${headers['x-auth-session']}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
