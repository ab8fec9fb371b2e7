import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { SUITE } from './suite-scope.ts'

const SCHEME = 'tap-of:'
const KEY = 'tokenforge.tests'

/**
 * Runs test files in this one process, one after the other. Each gets a subtest of its own as the `t` that it imports from
 * tap: what it has started ends before the next one begins. By itself (`node FILE`) it runs all the same.
 */
export function runSuite(files: readonly string[]): void {
  const tests = new Map<string, Test>()
  Reflect.set(globalThis, Symbol.for(KEY), tests)
  Reflect.set(globalThis, SUITE, t)
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = '' } = context
      if (specifier !== 'tap' || !tests.has(parentURL)) return next(specifier, context)
      return { url: `${SCHEME}${parentURL}`, format: 'module', shortCircuit: true }
    },
    load(url, context, next) {
      if (!url.startsWith(SCHEME)) return next(url, context)
      const file = JSON.stringify(url.slice(SCHEME.length))
      const source = `export default globalThis[Symbol.for('${KEY}')].get(${file})`
      return { format: 'module', source, shortCircuit: true }
    },
  })
  for (const file of files) {
    const { href } = pathToFileURL(file)
    t.test(file, async (test) => {
      tests.set(href, test)
      await import(href)
    })
  }
}
