import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

const OTHER_CHARSET = /;\s*charset\s*=\s*"?(?!utf-?8"?\s*(;|$))/i

/** JSON in UTF-8 is the only kind of body; an empty one is none. */
async function bodies(app: FastifyInstance): Promise<void> {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (OTHER_CHARSET.test(request.headers['content-type'] ?? '')) {
      done(new AppError('unsupported_media_type', { detail: 'the body must be application/json in UTF-8' }))
    } else if (body === '') done(null, undefined)
    else void parse(request, body, done)
  })
}

export default fp(bodies, { name: 'bodies' })
