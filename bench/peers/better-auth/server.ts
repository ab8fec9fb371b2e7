import { createServer } from 'node:http'
import bcrypt from 'bcrypt'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import pg from 'pg'

const { PORT, DATABASE_URL, BCRYPT_COST, SECRET = '' } = process.env

const options = {
  database: new pg.Pool({ connectionString: DATABASE_URL }),
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: SECRET,
  emailAndPassword: {
    enabled: true,
    // As the others, so that a login is comparable: its own default is scrypt.
    password: {
      hash: (password: string) => bcrypt.hash(password, Number(BCRYPT_COST)),
      verify: ({ password, hash }: { password: string; hash: string }) => bcrypt.compare(password, hash),
    },
  },
  plugins: [jwt({ jwks: { keyPairConfig: { alg: 'RS256', modulusLength: 2048 } } })],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
} satisfies Parameters<typeof betterAuth>[0]

await (await getMigrations(options)).runMigrations()
createServer(toNodeHandler(betterAuth(options))).listen(Number(PORT), '127.0.0.1')
