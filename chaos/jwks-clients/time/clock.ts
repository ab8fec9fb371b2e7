import type { SteppedTimer } from './stepped-timer.ts'

const { setTimeout: outsideTimeout } = globalThis
const outside = performance.now.bind(performance)
const wallBegan = Date.now() - outside()
/** Longer steps are taken in parts, so that the network is served in between. */
const STEP_MS = 1000

const timers = new Set<SteppedTimer>()
let isStepping = false
/** How far the time in here is ahead of that outside; while stepping, what the time is. */
let ahead = 0
let stepped = 0

/** Milliseconds since the start of the process, as everybody in here sees it. */
export function now(): number {
  return isStepping ? stepped : outside() + ahead
}

/** The same since the epoch. */
export function wallNow(): number {
  return Math.floor(wallBegan + now())
}

/** True while time goes in steps alone. */
export function stepping(): boolean {
  return isStepping
}

/** A timer is known here as long as it runs. */
export const running = {
  add: (timer: SteppedTimer): void => void timers.add(timer),
  delete: (timer: SteppedTimer): void => void timers.delete(timer),
}

/**
 * Takes the time in here forward to `time` in steps, from one timer to the next, each of which fires when it is due. However
 * busy the machine is, nothing is late in here. Otherwise time goes on as it does outside.
 */
export async function advanceTo(time: number): Promise<void> {
  stepped = now()
  isStepping = true
  for (const timer of timers) timer.hold()
  while (stepped < time) {
    const next = Math.min(...[...timers].map(({ dueAt }) => dueAt), stepped + STEP_MS, time)
    stepped = Math.max(stepped, next)
    for (const timer of [...timers].filter(({ dueAt }) => dueAt <= stepped)) timer.fire()
    await new Promise((resolve) => outsideTimeout(resolve, 1))
  }
  ahead = stepped - outside()
  isStepping = false
  for (const timer of timers) timer.goOn()
}
