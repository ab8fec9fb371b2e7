import { auditKeys } from '../lib/audit/chain.ts'
import { ConfigError, readAuditKey } from '../lib/config.ts'
import { checkAuditLog } from '../lib/store/audit-reader.ts'
import { postgresTls } from '../lib/tls.ts'

/**
 * The command line of the audit log's check: reads DATABASE_URL with DATABASE_CA_FILE, and AUDIT_KEY or KEY_ENCRYPTION_KEY. Ends
 * with 0 when the chain holds, 1 when it does not, 2 when it could not be checked.
 */
async function main(): Promise<number> {
  const { DATABASE_URL, DATABASE_CA_FILE } = process.env
  if (!DATABASE_URL) return fail('DATABASE_URL: is missing')
  const verified = postgresTls(DATABASE_URL, DATABASE_CA_FILE || undefined)
  if ('problem' in verified) return fail(`DATABASE_URL: ${verified.problem}`)
  const keys = auditKeys(readAuditKey(process.env))
  const { rows, broken, seq, hash } = await checkAuditLog(verified.url, keys.chain)
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
