import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import jwt from '@fastify/jwt'
import postgres from '@fastify/postgres'
import rateLimit from '@fastify/rate-limit'
import redis from '@fastify/redis'
import bcrypt from 'bcrypt'
import Fastify from 'fastify'

const { PORT, DATABASE_URL = '', REDIS_URL = '', BCRYPT_COST } = process.env
const WEEK_S = 7 * 24 * 3600
const EXPIRES_IN_S = 900

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const app = Fastify({ logger: true })
await app.register(helmet)
await app.register(rateLimit, { global: false })
await app.register(postgres, { connectionString: DATABASE_URL })
await app.register(redis, { url: REDIS_URL })
await app.register(jwt, { secret: { private: privateKey, public: publicKey }, sign: { algorithm: 'RS256' } })
await app.pg.query('CREATE TABLE users (id uuid PRIMARY KEY, email text UNIQUE NOT NULL, password_hash text NOT NULL)')

type Credentials = { Body: { email: string; password: string } }
interface User {
  readonly id: string
  readonly email: string
}

/** A random refresh token in Redis, used once: what most tutorials do. */
async function tokenAnswer(user: User) {
  const refresh_token = randomUUID()
  await app.redis.set(`refresh:${refresh_token}`, JSON.stringify(user), 'EX', WEEK_S)
  const access_token = app.jwt.sign({ sub: user.id, email: user.email }, { expiresIn: EXPIRES_IN_S })
  return { access_token, token_type: 'Bearer', expires_in: EXPIRES_IN_S, refresh_token }
}

const unlimited = { config: { rateLimit: { max: 100_000_000, timeWindow: '1 minute' } } }

app.post<Credentials>('/register', async (request, reply) => {
  const { email, password } = request.body
  const hash = await bcrypt.hash(password, Number(BCRYPT_COST))
  await app.pg.query('INSERT INTO users VALUES ($1, $2, $3)', [randomUUID(), email, hash])
  return reply.code(201).send({ email })
})
app.post<Credentials>('/login', unlimited, async (request, reply) => {
  const { email, password } = request.body
  const { rows } = await app.pg.query('SELECT id, email, password_hash FROM users WHERE email = $1', [email])
  const [user] = rows
  if (user === undefined || !(await bcrypt.compare(password, user.password_hash))) return reply.code(401).send({})
  return tokenAnswer({ id: user.id, email: user.email })
})
app.post<{ Body: { refresh_token: string } }>('/refresh', async (request, reply) => {
  const user = await app.redis.getdel(`refresh:${request.body.refresh_token}`)
  return user === null ? reply.code(401).send({}) : tokenAnswer(JSON.parse(user))
})
app.post<{ Body: { token: string } }>('/verify', async (request) => ({
  active: true,
  ...app.jwt.verify<Record<string, unknown>>(request.body.token),
}))
app.get('/me', { onRequest: (request) => request.jwtVerify() }, async (request) => request.user)
app.get('/jwks.json', async () => ({ keys: [createPublicKey(publicKey).export({ format: 'jwk' })] }))
app.get('/health', async () => ({ status: 'ok' }))
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
