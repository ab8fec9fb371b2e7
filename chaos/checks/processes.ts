import { check } from './check.ts'
import type { Check } from './verdict.ts'

/** 8a. The server's process is the same throughout: an exit that the scenario did not want is one of its own. */
export function sameProcess(): Check {
  return check('same-process', 'no instance ends but by the scenario', (history, findings) => {
    const running = new Map<string, number>()
    for (const event of history) {
      if (event.type !== 'process') continue
      const { instance, pid, stage, how, wanted, at } = event
      const before = running.get(instance)
      if (before === undefined) findings.judged += 1
      if (stage === 'exited') {
        if (wanted !== true) findings.add(at, `${instance} (pid ${pid}) ended by itself: ${how ?? 'nobody knows how'}`)
        running.set(instance, 0)
      } else {
        if (before !== undefined && before !== 0 && before !== pid) {
          findings.add(at, `${instance} was pid ${before} and is pid ${pid} without an end in between`)
        }
        running.set(instance, pid)
      }
    }
  })
}

/**
 * 8b. Nothing is in the log of an instance that must not be: no error that nobody caught, no line of level error or worse,
 * nothing that is no JSON. Judges the instances whose life the history tells.
 */
export function cleanLog(): Check {
  return check('clean-log', 'no error in the log of any instance', (history, findings) => {
    const instances = new Set<string>()
    for (const event of history) {
      if (event.type === 'process' || event.type === 'log') instances.add(event.instance)
      if (event.type === 'log') findings.add(event.at, `${event.instance}: ${event.text}`)
    }
    findings.judged = instances.size
  })
}
