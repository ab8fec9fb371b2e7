const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Of one Ctrl-C the terminal and npm may each send a signal: the same wish, several times. */
const SAME_WISH_MS = 1_000

/** How this process is asked to end, and what answers. */
export interface EndWish extends Disposable {
  /** Aborted by the first wish. */
  readonly signal: AbortSignal
  /**
   * Call it when a lab was opened: a lab ends at the first signal, and the process with it. From then on it does so at
   * the second, so that what was played can be judged before.
   */
  restrain(): void
}

/** Takes the signals that end a process, until it is disposed of. @param onWish told at the first */
export function listenForEnd(onWish: () => void): EndWish {
  const controller = new AbortController()
  const held = new Map<NodeJS.Signals, Set<NodeJS.SignalsListener>>(SIGNALS.map((name) => [name, new Set()]))
  let asked: number | undefined

  const onSignal = (name: NodeJS.Signals): void => {
    if (asked === undefined) {
      asked = performance.now()
      controller.abort()
      onWish()
    } else if (performance.now() - asked > SAME_WISH_MS) {
      letGo()
      process.kill(process.pid, name)
    }
  }
  const letGo = (): void => {
    for (const name of SIGNALS) {
      process.off(name, onSignal)
      for (const listener of held.get(name) ?? []) process.on(name, listener)
    }
  }

  const before = new Map(SIGNALS.map((name) => [name, process.listeners(name)]))
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: controller.signal,
    restrain() {
      for (const name of SIGNALS) {
        for (const listener of process.listeners(name) as NodeJS.SignalsListener[]) {
          if (listener === onSignal || before.get(name)?.includes(listener)) continue
          process.off(name, listener)
          held.get(name)?.add(listener)
        }
      }
    },
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
