import { parseArgs } from 'node:util'
import { migrate, migrationStatus } from './lib/store/migrations.ts'
import { roleApart } from './lib/store/runtime-role.ts'
import { postgresTls } from './lib/tls.ts'

const USAGE = `usage: npm run migrate [-- COMMAND]
  up          apply what is pending (the default)
  to VERSION  go to a version, also back; 0 undoes everything
  status      tell where the schema is`

/** The command line of the migrations: reads DATABASE_URL, MIGRATION_DATABASE_URL and DATABASE_CA_FILE alone. */
async function main(): Promise<number> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [command = 'up', version] = positionals
  const { DATABASE_URL: serverUrl, MIGRATION_DATABASE_URL } = process.env
  const given = MIGRATION_DATABASE_URL || serverUrl
  if (!given) return fail('DATABASE_URL: is missing')
  const verified = postgresTls(given, process.env.DATABASE_CA_FILE || undefined)
  if ('problem' in verified)
    return fail(`${MIGRATION_DATABASE_URL ? 'MIGRATION_' : ''}DATABASE_URL: ${verified.problem}`)
  const { url } = verified
  if (command === 'status') {
    const { current, latest } = await migrationStatus(url)
    process.stdout.write(`at version ${current}, the latest is ${latest}\n`)
    return 0
  }
  const wanted = command === 'to' && /^\d{1,6}$/.test(version ?? '') ? Number(version) : undefined
  if (command !== 'up' && wanted === undefined) return fail(USAGE)
  const role = serverUrl ? roleApart(serverUrl, url) : undefined
  const { from, to, applied } = await migrate(url, wanted ?? 'latest', role)
  for (const name of applied) process.stdout.write(`applied ${name}\n`)
  if (role !== undefined) process.stdout.write(`confined the role ${role.name}\n`)
  process.stdout.write(from === to ? `at version ${to}, nothing to do\n` : `from version ${from} to ${to}\n`)
  return 0
}

function fail(line: string): number {
  process.stderr.write(`${line}\n`)
  return 1
}

process.exitCode = await main().catch((error: Error) => fail(`migration failed: ${error.message || error.name}`))
