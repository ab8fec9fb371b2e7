import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { duplicateMember } from '../../lib/duplicate-members.ts'
import { AppError, invalidField } from '../../lib/errors.ts'

const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(;|$))/i

/** JSON in UTF-8 is the only kind of body, each member once; an empty one is none. */
async function bodies(app: FastifyInstance): Promise<void> {
  const parse = app.getDefaultJsonParser('error', 'error')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (OTHER_CHARSET.test(request.headers['content-type'] ?? '')) {
      return done(new AppError('unsupported_media_type', { detail: 'the body must be application/json in UTF-8' }))
    }
    if (bytes.length === 0) return done(null, undefined)
    let text: string
    try {
      text = utf8.decode(bytes)
    } catch {
      return done(new AppError('invalid_request', { detail: 'the body is not UTF-8' }))
    }
    void parse(request, text, (error, value) => {
      const twice = error === null ? duplicateMember(text) : null
      if (twice !== null) return done(invalidField(twice, 'stands in the body more than once'))
      done(error, value)
    })
  })
}

export default fp(bodies, { name: 'bodies' })
