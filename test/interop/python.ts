import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { cleanEnvironment } from '../fixtures/environment.ts'
import type { Verifier } from './javascript.ts'

const VERIFY = `
import json, sys
import jwt
for line in sys.stdin:
    uri, alg, issuer, audience, token = json.loads(line)
    try:
        key = jwt.PyJWKClient(uri).get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, algorithms=[alg], issuer=issuer, audience=audience,
                            options={"require": ["exp", "iat", "iss", "aud", "sub"]})
        print(json.dumps({"claims": claims}), flush=True)
    except jwt.PyJWTError as error:
        print(json.dumps({"error": type(error).__name__}), flush=True)
`

/** PyJWT, of the Debian package python3-jwt, in one process that ends with the test. */
export async function pyJwt(t: Test): Promise<Verifier> {
  const python = await interpreter()
  const child = spawn(python, ['-c', VERIFY], { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  t.teardown(async () => {
    child.stdin.end()
    await once(child, 'exit')
  })
  return ({ jwksUri, alg, issuer }) =>
    async (token, audience) => {
      const answered = once(lines, 'line')
      child.stdin.write(`${JSON.stringify([jwksUri, alg, issuer, audience, token])}\n`)
      const { claims, error } = JSON.parse((await answered)[0])
      if (error !== undefined) throw new Error(error)
      return claims
    }
}

/** The interpreter that Debian's package is for need not be the first on the path. */
export async function interpreter(): Promise<string> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const check = promisify(execFile)(python, ['-c', 'import jwt, cryptography; jwt.PyJWKClient'])
    if ((await check.catch(() => null)) !== null) return python
  }
  throw new Error('PyJWT is missing: apt-get install python3-jwt python3-cryptography')
}
