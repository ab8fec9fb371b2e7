#!/usr/bin/env node
import { EXIT } from './command.ts'
import { run } from './run.ts'

// The command line `tokenforge`: docs/administration.md.

const ending = new AbortController()
// The first Ctrl-C ends at the next good place, the second at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())
// Whoever reads no more, such as `head`, wants no more.
process.stdout.on('error', () => process.exit(EXIT.refused))

const { env, stdout: out, stderr: err } = process
process.exitCode = await run(process.argv.slice(2), { env, out, err, signal: ending.signal })
