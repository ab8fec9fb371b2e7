import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mutationNamed } from './mutations.ts'

// Loaded with --import in front of the server: it runs with the mistake of CHAOS_MUTATION built in. The files stay as
// they are, and a server without this has no switch that could break it.

const ROOT = join(import.meta.dirname, '../..')
const { edits } = mutationNamed(process.env.CHAOS_MUTATION ?? '')

const changed = new Map<string, string>()
for (const { file, from, to } of edits) {
  const url = pathToFileURL(join(ROOT, file)).href
  const source = changed.get(url) ?? readFileSync(join(ROOT, file), 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file}: the text to break is not there exactly once: ${from}`)
  changed.set(
    url,
    source.replace(from, () => to),
  )
}

registerHooks({
  load(url, context, next) {
    const source = changed.get(url)
    return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true }
  },
})
