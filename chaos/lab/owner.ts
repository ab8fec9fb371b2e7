import { createHash } from 'node:crypto'
import { startMark } from '../../local/processes.ts'

/** Names a process so that none that comes after it can be taken for it: its pid and a digest of when it started. */
export async function ownerTag(pid = process.pid): Promise<string> {
  const mark = (await startMark(pid)) ?? ''
  return `${pid}-${createHash('sha256').update(mark).digest('hex').slice(0, 12)}`
}

/** Whether the process of that name still runs. */
export async function isAlive(tag: string): Promise<boolean> {
  const pid = Number(tag.split('-')[0])
  return (await startMark(pid)) !== undefined && (await ownerTag(pid)) === tag
}
