import { DEED_KINDS, type Disturbance, INSTANCE_KINDS, INSTANCES, NETWORK_KINDS, SERVER_KINDS } from './plan.ts'

/** How long a lane rests between two disturbances, in milliseconds: a server has to be up before it can be frozen. */
export const REST_MS = 500

/**
 * What a disturbance holds while it lasts. Two that share a lane would contradict each other (a stopped server can't be
 * frozen, and the heal of one would be the end of the other), so they never overlap; those that share none may.
 *
 * - the process and the settings of a dependency are one lane: settings are made and undone by a command to it;
 * - each instance's link to a dependency is one: what is done to the whole network holds all of its links;
 * - all instances are one lane together, so that one of them is always there;
 * - the signing keys are one.
 *
 * @throws Error when there is no such kind for that target
 */
export function lanesOf({ kind, target, link }: Disturbance): readonly string[] {
  const is = (kinds: readonly string[]) => kinds.includes(kind)
  if (target === 'postgres' || target === 'redis') {
    const linked = link === undefined ? INSTANCES : [link]
    if (is(NETWORK_KINDS)) return linked.map((each) => `${target} link ${each}`)
    if (is(SERVER_KINDS[target]) && link === undefined) return [`${target} server`]
  } else if (target === 'keys' || target === 'clients') {
    if (is(DEED_KINDS) && (kind === 'logout burst') === (target === 'clients')) return [target]
  } else if (is(INSTANCE_KINDS)) {
    return kind === 'cut off' ? [`postgres link ${target}`, `redis link ${target}`] : ['instances']
  }
  throw new Error(`there is no ${kind} of ${target}${link === undefined ? '' : ` for ${link}`}`)
}

/** Whether two of them would contradict each other. */
export function collide(a: Disturbance, b: Disturbance): boolean {
  return isNear(a, b) && lanesOf(a).some((lane) => lanesOf(b).includes(lane))
}

/** Whether nothing else happens to its dependency meanwhile, so that a look past the app can tell whether it holds. */
export function standsAlone(one: Disturbance, all: readonly Disturbance[]): boolean {
  return !all.some(
    (other) => other !== one && isNear(one, other) && touched(other).some((of) => touched(one).includes(of)),
  )
}

function isNear(a: Disturbance, b: Disturbance): boolean {
  return a.at <= b.at + b.lasts + REST_MS && b.at <= a.at + a.lasts + REST_MS
}

/** The dependencies that are not what they were. */
function touched({ kind, target }: Disturbance): readonly string[] {
  return kind === 'cut off' ? ['postgres', 'redis'] : [target]
}
