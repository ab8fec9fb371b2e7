import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../errors.ts'

const COME_AGAIN_S = 5

/**
 * `GET /socket`, with `Authorization: Bearer` in the request for the upgrade: a client without a good token gets its 401 or
 * 503 in place of a socket. A browser's own WebSocket can't send that header, and so no other site can open one in the
 * name of its visitor either.
 */
export async function socketRoute(app: FastifyInstance): Promise<void> {
  // Without a promise: nothing comes between this look and the opening.
  function refuseIfFull(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    if (app.sockets.isFull) {
      reply.header('retry-after', COME_AGAIN_S)
      sendProblem(reply, { status: 503, title: 'There are too many sockets', code: 'too_many_sockets' })
    } else done()
  }
  const options = { websocket: true, onRequest: app.requireAccessToken, preHandler: refuseIfFull } as const
  app.get('/socket', options, (socket, { headers: { authorization = '' }, accessToken }) => {
    app.sockets.open(socket, authorization.replace(/^Bearer +/i, '').trimEnd(), accessToken)
  })
}
