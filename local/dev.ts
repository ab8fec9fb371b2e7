import { join, relative, resolve } from 'node:path'
import pretty from 'pino-pretty'
import { whenAskedToEnd } from './end-signals.ts'
import { type Launched, launch } from './launch.ts'
import { steps } from './steps.ts'
import { walkthrough } from './walkthrough.ts'

// `npm run dev`: a real Postgres, a real Redis and the server, with nothing to install or to configure first.

const root = join(import.meta.dirname, '..')
const write = (text: string): void => void process.stdout.write(text)
// A terminal that is gone must not keep us from ending what we started.
process.stdout.on('error', () => {})

const colorize = process.stdout.isTTY === true
const prettyLine = pretty.prettyFactory({
  colorize,
  singleLine: true,
  translateTime: 'HH:MM:ss',
  ignore: 'pid,hostname',
})
const showLine = (line: string): void => write(line.startsWith('{') ? prettyLine(line) : `${line}\n`)

const cleanUp = new AsyncDisposableStack()
let ending = false
const asked = whenAskedToEnd(() => {
  write('ended at once; the next start clears up what is left\n')
  process.exit(130)
})
void asked.then(() => {
  ending = true
  write('\nending\n')
})

try {
  write('TokenForge, development server\n\n')
  const launched = await launch({
    root,
    folder: resolve(process.env.TOKENFORGE_DEV_DIR || join(root, '.dev')),
    env: process.env,
    steps: steps(write),
    cleanUp,
    asked,
    goOn: () => {
      if (ending) throw new Error('asked to end')
    },
  })
  welcome(launched)
  launched.server.showLog(showLine)
  const how = await Promise.race([asked, launched.server.exit])
  if (!ending) throw new Error(`the server has ended (${how}); its log is in ${nameOf(launched.folder.serverLog)}`)
} catch (error) {
  if (!ending) {
    write(`\n${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
await cleanUp.disposeAsync()
// Nothing is left to wait for but the watch over signals.
process.exit()

function welcome({ url, adminKey, folder }: Launched): void {
  write(`
  base URL    ${url}
  docs        ${url}/docs
  admin key   ${adminKey}
  log         below, and as JSON in ${nameOf(folder.serverLog)}
  end         Ctrl-C

To try it, paste this into another terminal:

${walkthrough(url)}
`)
}

function nameOf(file: string): string {
  return relative(process.cwd(), file)
}
