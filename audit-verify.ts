import { auditKeys } from './lib/audit/chain.ts'
import { ConfigError, readKeyEncryptionKey } from './lib/config.ts'
import { checkAuditLog } from './lib/store/audit-reader.ts'

/**
 * The command line of the audit log's check: reads DATABASE_URL and KEY_ENCRYPTION_KEY alone. Ends with 0 when the chain
 * holds, 1 when it does not, 2 when it could not be checked.
 */
async function main(): Promise<number> {
  const url = process.env.DATABASE_URL
  if (!url) return fail('DATABASE_URL: is missing')
  const keys = auditKeys(readKeyEncryptionKey(process.env))
  const { rows, broken, seq, hash } = await checkAuditLog(url, keys.chain)
  if (broken !== null) {
    const id = broken.id === null ? '' : ` (${broken.id})`
    process.stdout.write(`BROKEN at row ${broken.seq}${id}: ${broken.why}; ${rows} rows before it hold\n`)
    return 1
  }
  process.stdout.write(`${rows} rows hold; the chain ends at row ${seq} with ${hash}\n`)
  return 0
}

function fail(line: string): number {
  process.stderr.write(`${line}\n`)
  return 2
}

process.exitCode = await main().catch((error: Error) =>
  fail(error instanceof ConfigError ? error.message : `could not be checked: ${error.message || error.name}`),
)
