import { createRequire, syncBuiltinESMExports } from 'node:module'

// Loaded into every test process, before tap is. tap follows each promise and each socket through async hooks, to tell to
// which test an error belongs that nobody has caught; the server under test runs in the same process, and that is a tenth of
// all that the tests cost. Without, such an error ends its process, with the trace on stderr, and the test that was running
// fails as unfinished.
const hooks: typeof import('node:async_hooks') = createRequire(import.meta.url)('node:async_hooks')
hooks.createHook = () => {
  const none = { enable: () => none, disable: () => none }
  return none
}
syncBuiltinESMExports()
