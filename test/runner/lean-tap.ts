import { createRequire, setSourceMapsSupport, syncBuiltinESMExports } from 'node:module'

// Loaded into every test process, before tap is (docs/adr/0034-lean-tap.md): what tap would do to each module, promise,
// socket and child process there, although nothing here needs it. `npx tap FILE` loads it later, which saves less.

const require = createRequire(import.meta.url)

// To tell from which test an error comes that nobody has caught. Without, such an error ends its process.
const asyncHooks: typeof import('node:async_hooks') = require('node:async_hooks')
asyncHooks.createHook = () => {
  const none = { enable: () => none, disable: () => none }
  return none
}

// Node runs our files as they are, and nobody needs the source maps of packages.
setSourceMapsSupport(false)
process.setSourceMapsEnabled = () => {}

// Which modules a test loads, for `tap --changed`, and t.mockImport(). The first module is shown to tap all the same: this
// is when it begins to measure the coverage.
const modules: typeof import('node:module') = require('node:module')
const { registerHooks } = modules
modules.registerHooks = (hooks) => {
  const { load } = hooks
  if (!/[\\/]@tapjs[\\/]/.test(new Error().stack ?? '') || load === undefined) return registerHooks(hooks)
  const handle = registerHooks({
    load(...given) {
      process.nextTick(() => handle.deregister())
      return load(...given)
    },
  })
  return handle
}
Reflect.set(globalThis, Symbol.for('@tapjs/processinfo.registerRequire'), true)

// That children load tap as well.
const spawning = { version: 1, listeners: [], unwrap() {} }
Reflect.set(globalThis, Symbol.for('process-on-spawn@*:singletonId'), spawning)

syncBuiltinESMExports()
