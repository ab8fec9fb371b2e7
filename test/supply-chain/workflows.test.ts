import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'

const files = globSync('../../.github/workflows/*.yml', { cwd: import.meta.dirname })
const texts = new Map(files.map((file) => [basename(file), readFileSync(new URL(file, import.meta.url), 'utf8')]))

t.test('every action is pinned by its commit, with the version beside it, and everywhere the same', async (t) => {
  const pins = new Map<string, string>()
  for (const [file, text] of texts) {
    for (const [line, action = ''] of text.matchAll(/^\s*(?:- )?uses: *([^@\s]+).*$/gm)) {
      const pin = /@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(line)?.[0]
      t.type(pin, 'string', `${file}: ${line.trim()}`)
      t.equal(pins.get(action) ?? pin, pin, `${file}: ${action}`)
      pins.set(action, pin ?? '')
    }
  }
  t.ok(pins.size >= 4)
})

t.test('a workflow may read, and a job more only where it says so', async (t) => {
  for (const [file, text] of texts) {
    t.match(text, /^permissions:\n {2}contents: read$/m, file)
    t.notMatch(text, /pull_request_target|write-all/, file)
    if (file !== 'release.yml') t.notMatch(text, /: write\b/, file)
    // What others can write (a branch, a title) is no part of a script.
    for (const [, script = ''] of text.matchAll(/run: (\|\n(?: {10}.*\n)+|.*)/g)) t.notMatch(script, /\$\{\{/, file)
  }
})
