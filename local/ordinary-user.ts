import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How to start a program as a user that Postgres accepts. */
export interface OrdinaryUser {
  uid: number
  gid: number
  /** `self`: we are not root; `setpriv`: another uid that may still look into our directories; `setuid`: another uid. */
  via: 'self' | 'setpriv' | 'setuid'
  /** The arguments for `spawn`. */
  launch(file: string, args: string[]): { file: string; args: string[]; options: { uid?: number; gid?: number } }
}

const NOBODY = 65_534

/**
 * Postgres refuses to run as root. As root this picks the owner of the data (`owner`), else the user `postgres`, else
 * nobody. That user may be unable to reach the project (under `/root`, or a `mktemp -d` of mode 0700), so it is given
 * the one capability that lets it, where `setpriv` (util-linux) is at hand.
 *
 * @param canRun whether a program started this way reaches what it needs; tried before a way is chosen
 * @throws an error with one line for the terminal when no way works
 */
export async function ordinaryUser(
  canRun: (user: OrdinaryUser) => Promise<boolean>,
  owner?: { uid: number; gid: number },
): Promise<OrdinaryUser> {
  const uid = process.getuid?.() ?? 0
  const gid = process.getgid?.() ?? 0
  if (uid !== 0) return { uid, gid, via: 'self', launch: (file, args) => ({ file, args, options: {} }) }

  const target = owner !== undefined && owner.uid !== 0 ? owner : await findPostgresUser()
  for (const user of [withSetpriv(target), withSetuid(target)]) {
    if (await canRun(user)) return user
  }
  throw new Error(
    `Postgres refuses to run as root, and the user ${target.uid} cannot reach this folder: install setpriv ` +
      '(util-linux), or run this as an ordinary user, or set DATABASE_URL',
  )
}

function withSetpriv({ uid, gid }: { uid: number; gid: number }): OrdinaryUser {
  // The securebit: without it access(2), by which initdb looks for its programs, leaves the capability out.
  const flags = ['--clear-groups', '--securebits=+no_setuid_fixup']
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return {
    uid,
    gid,
    via: 'setpriv',
    launch: (file, args) => ({
      file: 'setpriv',
      args: [`--reuid=${uid}`, `--regid=${gid}`, ...flags, ...capability, '--', file, ...args],
      options: {},
    }),
  }
}

function withSetuid({ uid, gid }: { uid: number; gid: number }): OrdinaryUser {
  return { uid, gid, via: 'setuid', launch: (file, args) => ({ file, args, options: { uid, gid } }) }
}

async function findPostgresUser(): Promise<{ uid: number; gid: number }> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return { uid: NOBODY, gid: NOBODY }
  }
}
