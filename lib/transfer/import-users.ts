import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { AccountThere, Checkpoint, UserTransfer } from '../store/user-transfer.ts'
import { BEGINNING, type Line, LineReader, type Start } from './line-reader.ts'
import { type Refusal, ReportFile } from './report-file.ts'
import { type NewAccount, parseUserLine, RefusedLine } from './user-line.ts'

/** By so much of its beginning a file is known again. */
const HEAD_BYTES = 65_536
const CHUNK_BYTES = 262_144
const MAX_LINE_BYTES = 16_384
const BATCH_LINES = 1000

export interface ImportOptions {
  readonly path: string
  /** Where refused lines are reported. */
  readonly report: string
  /** From the first line on, also when an earlier run has come further; what is there is not imported again. */
  readonly restart: boolean
  readonly now: () => number
  /** Told after every batch how far it has come, of `size` bytes. */
  readonly onProgress: (state: Checkpoint, size: number) => void
  /** Ends the import after the batch that is under way. */
  readonly signal: AbortSignal
}

/** The file is not the one that an earlier run has begun with. */
export class ChangedFile extends Error {}

/**
 * Imports accounts from a file of JSON lines (`UserLineSchema`), in batches. A batch and how far the import has come by then
 * are one transaction, so a run that was cut off is gone on with by the next one: no line is imported or reported twice.
 * An account that is there is never changed.
 *
 * @returns how far it has come: to the end, unless `signal` ended it
 * @throws ChangedFile; Error when Postgres or a file can't be used
 */
export async function importUsers(transfer: UserTransfer, options: ImportOptions): Promise<Checkpoint> {
  const { path, restart, signal, onProgress } = options
  const { size } = await stat(path)
  const file = createHash('sha256')
    .update(await headOf(path))
    .digest()
  const found = await transfer.find(file)
  const known = restart ? null : found
  const start = known === null ? BEGINNING() : await startBehind(path, known)
  await using report = await ReportFile.open(options.report, known?.reportBytes ?? (restart ? 0 : null))
  let state: Checkpoint = { ...(known ?? (await transfer.begin(file))), reportBytes: report.bytes }
  const reader = new LineReader(start, MAX_LINE_BYTES)
  const chunks = createReadStream(path, { start: state.bytes, highWaterMark: CHUNK_BYTES })
  onProgress(state, size)
  for await (const lines of batches(reader.read(chunks))) {
    const batch = parse(lines, options.now())
    const from = state
    const end = { bytes: lines.at(-1)?.end ?? from.bytes, lines: from.lines + lines.length, digest: reader.digest() }
    state = await transfer.importBatch(file, from, batch.accounts, async (inserted, there) => {
      const judged = judge(batch, inserted, there)
      await report.add(judged.refusals)
      return {
        ...end,
        imported: from.imported + inserted.size,
        present: from.present + judged.present,
        refused: from.refused + judged.refusals.length,
        reportBytes: report.bytes,
      }
    })
    onProgress(state, size)
    if (signal.aborted) break
  }
  return state
}

/** Reads a whole file without a database, and tells batch by batch how many lines are well and which would be refused. */
export async function* checkFile(chunks: AsyncIterable<Buffer>, now: () => number) {
  for await (const lines of batches(new LineReader(BEGINNING(), MAX_LINE_BYTES).read(chunks))) {
    const { accounts, refusals } = parse(lines, now())
    yield { good: accounts.length, refusals }
  }
}

interface Batch {
  readonly accounts: NewAccount[]
  /** The number of the line of each account. */
  readonly numbers: ReadonlyMap<NewAccount, number>
  readonly refusals: Refusal[]
}

/** What the lines tell of; empty ones of nothing. */
function parse(lines: readonly Line[], now: number): Batch {
  const numbers = new Map<NewAccount, number>()
  const refusals: Refusal[] = []
  for (const { number, text } of lines) {
    if (text?.trim() === '') continue
    try {
      if (text === null) throw new RefusedLine(`is not UTF-8, or longer than ${MAX_LINE_BYTES} bytes`)
      numbers.set(parseUserLine(text, now), number)
    } catch (error) {
      /* c8 ignore next: a bug */
      if (!(error instanceof RefusedLine)) throw error
      refusals.push({ line: number, reason: error.message })
    }
  }
  return { accounts: [...numbers.keys()], numbers, refusals }
}

/** What became of the accounts of a batch: those that were not inserted are there as the line has them, or refused. */
function judge({ numbers, refusals }: Batch, inserted: ReadonlySet<NewAccount>, there: readonly AccountThere[]) {
  const byEmail = new Map(there.map((account) => [account.email, account]))
  const refused = [...refusals]
  let present = 0
  for (const [account, line] of numbers) {
    if (inserted.has(account)) continue
    const same = byEmail.get(account.email)
    if (same === undefined) refused.push({ line, reason: 'id: belongs to another account' })
    else if (same.id === account.id || same.password_hash === account.password_hash) present += 1
    else refused.push({ line, reason: 'email: belongs to another account' })
  }
  return { present, refusals: refused.toSorted((a, b) => a.line - b.line) }
}

async function* batches(lines: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  let batch: Line[] = []
  for await (const line of lines) {
    batch.push(line)
    if (batch.length < BATCH_LINES) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function startBehind(path: string, { bytes, lines, digest }: Checkpoint): Promise<Start> {
  const hash: Hash = createHash('sha256')
  if (bytes > 0) for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk)
  if (!hash.copy().digest().equals(digest)) {
    throw new ChangedFile(`the file was changed up to line ${lines} since its import began`)
  }
  return { bytes, lines, hash }
}
