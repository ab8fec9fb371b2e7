import { request } from './admin-api.ts'
import { type Command, CommandError, EXIT, type Given, type Terminal } from './command.ts'
import { JSON_OPTION, show, table } from './output.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const WHO = 'ID|EMAIL'

interface User {
  readonly id: string
  readonly email: string
  readonly roles: readonly string[]
  readonly disabled_at: string | null
  readonly created_at: string
}

export const USER_COMMANDS: Readonly<Record<string, Command>> = {
  'users show': {
    takes: `${WHO} [--json]`,
    summary: 'show a user',
    words: [1, 1],
    options: JSON_OPTION,
    run: async (given, terminal) => shown(given, terminal, await find(given, terminal)),
  },
  'users disable': action('disable', 'end the sessions of a user, and let none begin'),
  'users enable': action('enable', 'let a disabled user log in again'),
  'users revoke-sessions': action('revoke-sessions', 'end every session of a user'),
  'users roles': {
    takes: `${WHO} ROLE... | --none [--json]`,
    summary: 'replace the roles of a user',
    help: 'The next access token of each session has the new roles. --none takes all roles away.',
    words: [1, 33],
    options: { ...JSON_OPTION, none: { type: 'boolean' } },
    async run(given, terminal) {
      const [, ...roles] = given.words
      if ((roles.length === 0) !== (given.flags.none === true)) {
        throw new CommandError(EXIT.usage, 'name all the roles that the user is to have, or give --none')
      }
      const { id } = await find(given, terminal)
      return shown(given, terminal, await request(terminal, 'PUT', `/admin/users/${id}/roles`, { roles }))
    },
  },
}

function action(name: string, summary: string): Command {
  return {
    takes: `${WHO} [--json]`,
    summary,
    words: [1, 1],
    options: JSON_OPTION,
    async run(given, terminal) {
      const { id } = await find(given, terminal)
      return shown(given, terminal, await request(terminal, 'POST', `/admin/users/${id}/${name}`))
    },
  }
}

async function find({ words: [who = ''] }: Given, terminal: Terminal): Promise<User> {
  const path = UUID.test(who) ? `/${who}` : `?email=${encodeURIComponent(who)}`
  return request(terminal, 'GET', `/admin/users${path}`)
}

function shown(given: Given, terminal: Terminal, user: User): number {
  const lines = table([
    ['id', user.id],
    ['email', user.email],
    ['roles', user.roles.join(', ') || 'none'],
    ['disabled', user.disabled_at === null ? 'no' : `since ${user.disabled_at}`],
    ['created', user.created_at],
  ])
  show(terminal, given, user, lines)
  return EXIT.done
}
