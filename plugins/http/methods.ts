import type { FastifyInstance, FastifySchema, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Called once, when all routes are there. */
    refuseOtherMethods: () => void
  }
  interface FastifyContextConfig {
    isMethodFallback?: boolean
  }
}

/** The pages of the documentation bring their own routes, each with and without a slash at the end. */
const DOCS = '/docs'

/** Answers 405 with `Allow` on every path that has routes, for each method that it has none for. */
async function methods(app: FastifyInstance): Promise<void> {
  const allowed = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.isMethodFallback === true || url.startsWith(DOCS)) return
    const known = allowed.get(url) ?? new Set()
    for (const one of [method].flat()) known.add(one)
    allowed.set(url, known)
  })
  app.decorate('refuseOtherMethods', () => {
    for (const [url, known] of allowed) {
      const allow = [...known].sort().join(', ')
      const refuse = async () => {
        throw new AppError('method_not_allowed', { detail: `only ${allow} here`, headers: { allow } })
      }
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !known.has(method)) as HTTPMethods[],
        schema: { hide: true } as FastifySchema,
        config: { isMethodFallback: true },
        onRequest: refuse,
        handler: refuse,
      })
    }
  })
}

export default fp(methods, { name: 'methods' })
