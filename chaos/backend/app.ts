import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { verifierPlugin } from '../../verifier/fastify.ts'
import { type AuthApi, type BreakerState, openAuthApi } from './auth/auth-api.ts'
import { openVerifier } from './auth/verifier.ts'
import { answerErrors } from './errors.ts'
import { health } from './routes/health.ts'
import { login } from './routes/login.ts'
import { me } from './routes/me.ts'
import { metrics } from './routes/metrics.ts'
import { sessions } from './routes/sessions.ts'
import type { Settings } from './settings.ts'
import { Hub } from './sockets/hub.ts'
import { socketRoute } from './sockets/route.ts'

declare module 'fastify' {
  interface FastifyInstance {
    authApi: AuthApi
    sockets: Hub
  }
}

/**
 * The service: who is logged in is checked here, by the verifier; the auth server is asked only for what it alone can do,
 * behind a breaker.
 */
async function backend(app: FastifyInstance, { settings }: { readonly settings: Settings }): Promise<void> {
  const verifier = openVerifier(settings, app.log)
  await app.register(verifierPlugin, { verifier })

  const authApi = openAuthApi(settings.authUrl, settings.auth)
  const tell = (state: BreakerState, reason?: string) => {
    const level = state === 'closed' ? 'info' : 'warn'
    app.log[level]({ dependency: 'auth', state, ...(reason !== undefined && { reason }) }, `auth: breaker is ${state}`)
  }
  tell(authApi.state)
  authApi.onStateChange(tell)
  app.decorate('authApi', authApi)

  const hub = new Hub(verifier, settings.sockets)
  app.decorate('sockets', hub)
  await app.register(websocket, {
    options: { maxPayload: settings.sockets.messageBytes },
    // A socket that broke is no error of ours.
    errorHandler: (error, socket, request) => {
      request.log.info({ reason: error.message }, 'socket broke')
      socket.terminate()
    },
    preClose: () => hub.close(),
  })

  answerErrors(app)
  for (const route of [me, sessions, login, health, metrics]) await app.register(route)
  await app.register(socketRoute)
}

export default fp(backend, { name: 'backend', fastify: '5.x' })
