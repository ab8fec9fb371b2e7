import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Everything that `npm run dev` keeps: one folder, ignored by git, closed to others. */
export interface DevFolder {
  path: string
  secretsFile: string
  serverLog: string
  auditSpill: string
  serverRecord: string
  postgresDir: string
  redisDir: string
}

/** Names the folder and makes it with mode 0700. */
export function openDevFolder(path: string): DevFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return {
    path,
    secretsFile: join(path, 'secrets.env'),
    serverLog: join(path, 'server.log'),
    auditSpill: join(path, 'audit'),
    serverRecord: join(path, 'server.pid.json'),
    postgresDir: join(path, 'postgres'),
    redisDir: join(path, 'redis'),
  }
}
