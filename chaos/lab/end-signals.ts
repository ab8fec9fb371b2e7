const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Of one Ctrl-C the terminal, npm and a test runner may each send a signal: the same wish, several times. */
const SAME_WISH_MS = 1_000

const open = new Set<AsyncDisposable>()
/** When this process was first asked to end, on the monotonic clock. */
let asked: number | undefined

/**
 * Disposes of a lab when this process is asked to end (Ctrl-C, `kill`), then ends the process as the signal would have.
 * Who asks again, a second later or more, does not wait.
 *
 * @returns what takes it back
 */
export function disposeOnSignal(lab: AsyncDisposable): () => void {
  if (open.size === 0) for (const name of SIGNALS) process.on(name, onSignal)
  open.add(lab)
  return () => {
    open.delete(lab)
    if (open.size === 0 && asked === undefined) forgetSignals()
  }
}

async function onSignal(name: NodeJS.Signals): Promise<void> {
  if (asked !== undefined) {
    if (performance.now() - asked > SAME_WISH_MS) endBy(name)
    return
  }
  asked = performance.now()
  const results = await Promise.allSettled([...open].map((lab) => lab[Symbol.asyncDispose]()))
  for (const { reason } of results.filter((each) => each.status === 'rejected')) {
    process.stderr.write(`the lab was not cleared up: ${reason?.stack ?? reason}\n`)
  }
  endBy(name)
}

function endBy(name: NodeJS.Signals): void {
  forgetSignals()
  process.kill(process.pid, name)
}

function forgetSignals(): void {
  for (const name of SIGNALS) process.off(name, onSignal)
}
