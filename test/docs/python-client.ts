import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { cleanEnvironment } from '../fixtures/environment.ts'

const PROGRAM = `
import sys, time
import jwt
later = 0
real = time.monotonic
time.monotonic = lambda: real() + later
client = jwt.PyJWKClient(sys.argv[1])
for line in sys.stdin:
    token, seconds = line.split()
    later += int(seconds)
    try:
        key = client.get_signing_key_from_jwt(token).key
        jwt.decode(token, key, algorithms=["RS256"], audience=sys.argv[2])
        print("accepted", flush=True)
    except Exception as error:
        print([type(error).__name__, isinstance(error, jwt.PyJWTError)], flush=True)
`

/** What `PyJWKClient` with its defaults says of a token, so many seconds later. */
export type PlainClient = (token: string, secondsLater?: number) => Promise<string>

export function startPlainClient(t: Test, python: string, jwksUri: string, audience: string): PlainClient {
  const options = { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] }
  const child = spawn(python, ['-c', PROGRAM, jwksUri, audience], options)
  const lines = createInterface({ input: child.stdout })
  t.teardown(async () => {
    child.stdin.end()
    await once(child, 'exit')
  })
  return async (token, secondsLater = 0) => {
    const answered = once(lines, 'line')
    child.stdin.write(`${token} ${secondsLater}\n`)
    return (await answered)[0]
  }
}
