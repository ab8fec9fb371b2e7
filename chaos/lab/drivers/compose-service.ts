import { setTimeout as sleep } from 'node:timers/promises'
import { type Container, containerOf } from './compose-containers.ts'
import { output } from './compose-run.ts'

/** A service of a compose project, which can be made to fail. Each looks at its real state first. */
export interface ComposeService {
  readonly service: string
  /** Its container, as it is now. */
  look(): Promise<Container>
  stop(): Promise<void>
  kill(): Promise<void>
  start(): Promise<void>
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Up again, as it was found, if anything was done to it. */
  restore(): Promise<void>
}

export interface ComposeServiceSpec {
  readonly project: string
  readonly service: string
  /** Whether it does its work now. */
  isUp(container: Container): Promise<boolean>
}

const START_TIMEOUT_MS = 60_000
const PAUSE_MS = 50

export function composeService({ project, service, isUp }: ComposeServiceSpec): ComposeService {
  let touched = false
  let last: Promise<unknown> = Promise.resolve()

  const look = (): Promise<Container> => containerOf(project, service)

  /** One after the other: what is asked for during a stop, its undoing above all, begins when that has ended. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = last.then(act)
    last = mine.catch(() => {})
    return mine
  }

  async function tell(verb: 'stop' | 'kill' | 'start' | 'pause' | 'unpause', { id }: Container): Promise<void> {
    touched = true
    await output(['docker', verb, id])
  }

  async function stop(): Promise<void> {
    const container = await look()
    if (container.state === 'paused') await tell('unpause', container)
    else if (!isOn(container)) return
    await tell('stop', container)
  }

  async function kill(): Promise<void> {
    const container = await look()
    if (container.state !== 'paused' && !isOn(container)) return
    await tell('kill', container)
    // The engine may say so before it has happened, and a frozen process may have to be let go to die.
    await until(async () => {
      const now = await look()
      if (now.state === 'paused') await tell('unpause', now)
      return !isOn(now)
    }, `${service} did not end`)
  }

  async function start(): Promise<void> {
    const container = await look()
    if (container.state === 'paused') await tell('unpause', container)
    else if (container.state !== 'running') await tell('start', container)
    await until(async () => isUp(await look()), `${service} does not answer`)
  }

  async function freeze(): Promise<void> {
    const container = await look()
    if (container.state === 'paused') return
    if (container.state !== 'running') throw new Error(`${service} is not running`)
    await tell('pause', container)
  }

  async function thaw(): Promise<void> {
    const container = await look()
    if (container.state === 'paused') await tell('unpause', container)
  }

  return {
    service,
    look,
    stop: () => inTurn(stop),
    kill: () => inTurn(kill),
    start: () => inTurn(start),
    freeze: () => inTurn(freeze),
    thaw: () => inTurn(thaw),
    restore: () => inTurn(async () => (touched ? start() : undefined)),
  }
}

function isOn({ state }: Container): boolean {
  return state === 'running' || state === 'restarting'
}

async function until(holds: () => Promise<boolean>, complaint: string): Promise<void> {
  for (const deadline = performance.now() + START_TIMEOUT_MS; !(await holds()); await sleep(PAUSE_MS)) {
    if (performance.now() > deadline) throw new Error(`${complaint} within ${START_TIMEOUT_MS / 1000} s`)
  }
}
