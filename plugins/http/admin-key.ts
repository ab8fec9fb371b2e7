import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An onRequest hook that lets the admin key alone through. */
    requireAdminKey: (request: FastifyRequest) => Promise<void>
  }
}

/** The admin key is no JWT: when a signing key has leaked, an admin token could be forged. */
async function adminKey(app: FastifyInstance): Promise<void> {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const { adminApiKey, secondAdminApiKey } = app.config
  const accepted = [adminApiKey, secondAdminApiKey].flatMap((key) => (key === undefined ? [] : [digest(key)]))
  app.decorate('requireAdminKey', async (request) => {
    const given = request.bearerToken()
    // Each is compared, whatever came out for the one before.
    if (given !== null && accepted.filter((key) => timingSafeEqual(digest(given), key)).length > 0) return
    throw new AppError('admin_required', { headers: { 'www-authenticate': 'Bearer realm="admin"' } })
  })
}

export default fp(adminKey, { name: 'admin-key', dependencies: ['jwt'] })
