import { request } from './admin-api.ts'
import { type Command, CommandError, EXIT, type Given, type Terminal, text } from './command.ts'
import { JSON_OPTION, show, table } from './output.ts'

interface Ring {
  readonly epoch: number
  readonly session_epoch: number
  readonly version: number
  readonly keys: readonly {
    readonly kid: string
    readonly alg: string
    readonly state: string
    readonly created_at: string | null
    readonly activated_at: string | null
    readonly retired_at: string | null
  }[]
}

export const KEY_COMMANDS: Readonly<Record<string, Command>> = {
  'keys list': {
    takes: '[--json]',
    summary: 'show the signing keys',
    words: [0, 0],
    options: JSON_OPTION,
    run: async (given, terminal) => shown(given, terminal, await request(terminal, 'GET', '/admin/keys')),
  },
  'keys rotate': {
    takes: '[--json]',
    summary: 'sign with the next key; tokens of the old one stay good until they expire',
    words: [0, 0],
    options: JSON_OPTION,
    run: async (given, terminal) => shown(given, terminal, await request(terminal, 'POST', '/admin/keys/rotate')),
  },
  'keys revoke-all': {
    takes: '--reason TEXT [--sessions] [--dry-run] [--json]',
    summary: 'emergency: void every access token, and sign with a fresh key at once',
    help: '--sessions ends every session too. --dry-run tells what would be void, and changes nothing.',
    words: [0, 0],
    options: {
      ...JSON_OPTION,
      reason: { type: 'string' },
      sessions: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
    },
    run: revokeAll,
  },
}

async function revokeAll(given: Given, terminal: Terminal): Promise<number> {
  const reason = text(given, 'reason')
  if (!reason) throw new CommandError(EXIT.usage, '--reason: say why, for the log and the audit log')
  const dryRun = given.flags['dry-run'] === true
  const body = { reason, sessions: given.flags.sessions === true }
  const answer = await request(terminal, 'POST', `/admin/keys/revoke-all${dryRun ? '?dry_run=true' : ''}`, body)
  const lines = dryRun
    ? Object.entries(answer.would_void).map(([what, count]) => [`would void: ${what}`, String(count ?? 'not known')])
    : [
        ['epoch', String(answer.epoch)],
        ['signs now', answer.kid],
        ['kept in', answer.persisted.join(', ')],
      ]
  show(terminal, given, answer, table(lines))
  return EXIT.done
}

function shown(given: Given, terminal: Terminal, ring: Ring): number {
  const rows = ring.keys.map((key) => [key.state, key.alg, key.kid, key.activated_at ?? '-', key.retired_at ?? '-'])
  const heads = [['state', 'alg', 'kid', 'signs since', 'retired'], ...rows]
  show(terminal, given, ring, [`epoch ${ring.epoch}, version ${ring.version}`, ...table(heads)])
  return EXIT.done
}
