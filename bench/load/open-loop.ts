import { setTimeout as sleep } from 'node:timers/promises'
import { build, type Histogram } from 'hdr-histogram-js'
import { Pool } from 'undici'
import type { Caller, NewCaller } from '../peers/peer.ts'

/** What came of one kind of request: latencies in milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly count: number
  readonly failures: number
}

export interface Stream {
  readonly newCaller: NewCaller
  readonly perSecond: number
  /** The status of an answer as it should be; 200 when it is left out. */
  readonly status?: number
}

const CONNECTIONS = 64
/** Clients to choose from: enough that a request that is due seldom has to wait for a free one. */
const CALLERS = 64
const MICROSECONDS = { lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 }

/**
 * Sends requests when they are due, whether those before were answered or not, so that a server that is slow for a moment is
 * asked no less (no coordinated omission). A request that finds no free client waits, and that counts.
 *
 * @returns the latencies by the name of the stream
 */
export async function openLoop<Name extends string>(
  url: string,
  streams: Readonly<Record<Name, Stream>>,
  seconds: number,
): Promise<Record<Name, Latency>> {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 })
  try {
    const names = Object.keys(streams) as Name[]
    const all = await Promise.all(names.map(async (name) => [name, await play(pool, streams[name], seconds)] as const))
    return Object.fromEntries(all) as Record<Name, Latency>
  } finally {
    await pool.close()
  }
}

async function play(pool: Pool, { newCaller, perSecond, status: wanted = 200 }: Stream, seconds: number) {
  const histogram = build({ ...MICROSECONDS, bitBucketSize: 64 } as never) as Histogram
  const free = Array.from({ length: CALLERS }, () => newCaller())
  const waiting: ((caller: Caller) => void)[] = []
  const take = () => free.pop() ?? new Promise<Caller>((resolve) => waiting.push(resolve))
  const giveBack = (caller: Caller) => (waiting.shift() ?? ((one: Caller) => void free.push(one)))(caller)
  const running = new Set<Promise<void>>()
  let failures = 0

  async function ask(): Promise<void> {
    const begin = performance.now()
    const caller = await take()
    try {
      const { path, method, headers = {}, body = null } = caller.next()
      const { statusCode, body: answer } = await pool.request({ path, method, headers, body })
      const text = await answer.text()
      histogram.recordValue(Math.max(1, Math.round((performance.now() - begin) * 1000)))
      caller.took?.(statusCode, text)
      if (statusCode !== wanted) failures += 1
    } catch {
      failures += 1
    } finally {
      giveBack(caller)
    }
  }

  const [begin, total] = [performance.now(), Math.floor(perSecond * seconds)]
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond) + 1)
    for (; sent < due; sent += 1) {
      const one: Promise<void> = ask().finally(() => running.delete(one))
      running.add(one)
    }
    await sleep(1)
  }
  await Promise.all(running)
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000
  return { p50: at(50), p99: at(99), count: histogram.totalCount, failures }
}
