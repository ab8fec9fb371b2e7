import type { FastifyInstance } from 'fastify'
import { passOn } from './pass-on.ts'

const text = { type: 'string', minLength: 1, maxLength: 1024 }
const schema = {
  body: { type: 'object', required: ['email', 'password'], properties: { email: text, password: text } },
}

/**
 * `POST /login`: logs in at the auth server, as a backend for a frontend does. The client's address goes along, or all
 * logins would count against one budget (`TRUST_PROXY` of the auth server).
 */
export async function login(app: FastifyInstance): Promise<void> {
  app.post<{ Body: { email: string; password: string } }>('/login', { schema }, async (request, reply) => {
    const { email, password } = request.body
    const answer = await app.authApi.ask({
      method: 'POST',
      path: '/auth/login',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': request.ip },
      body: JSON.stringify({ email, password }),
    })
    return passOn(reply, answer)
  })
}
