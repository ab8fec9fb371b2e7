import bcrypt from 'bcrypt'
import t from 'tap'
import { PASSWORD } from '../../fixtures/app.ts'
import { isProblem } from '../expect.ts'
import { startWhole, startWorld, type WorldApp } from '../world.ts'

const world = await startWorld(t)
const app = await world.start(t, { PASSWORD_PEPPER: '' })

const logIn = ({ call }: Pick<WorldApp, 'call'>, email: string, password = PASSWORD) =>
  call('POST', '/auth/login', { body: { email, password } })
const hashOf = async ({ sql }: WorldApp, email: string) =>
  String((await sql('SELECT password_hash FROM users WHERE email = $1', [email]))[0]?.password_hash)

t.test('plain bcrypt hashes brought from elsewhere log in and are upgraded by it', async (t) => {
  for (const [number, variant] of ['$2b$', '$2a$', '$2y$'].entries()) {
    const email = `brought${number}@example.com`
    const plain = (await bcrypt.hash(PASSWORD, 4)).replace('$2b$', variant)
    const id = `01900000-0000-7000-8000-00000000000${number}`
    await app.sql('INSERT INTO users (id, email, password_hash) VALUES ($1, $2, $3)', [id, email, plain])
    isProblem(t, await logIn(app, email, 'wrong password'), { status: 401, code: 'invalid_credentials' }, variant)
    t.equal(await hashOf(app, email), plain, 'a wrong password upgrades nothing')
    t.equal((await logIn(app, email)).status, 200, variant)
    t.match(await hashOf(app, email), /^hmac-sha384:none:\$2b\$04\$/)
    t.equal((await logIn(app, email)).status, 200, 'the upgraded hash verifies')
  }
})

t.test('a login upgrades a hash of another cost or without pepper, and leaves a good one alone', async (t) => {
  const email = 'cost@example.com'
  await app.call('POST', '/auth/register', { body: { email, password: PASSWORD } })
  const first = await hashOf(app, email)
  t.match(first, /^hmac-sha384:none:\$2b\$04\$/)
  t.equal((await logIn(app, email)).status, 200)
  t.equal(await hashOf(app, email), first, 'nothing to upgrade')

  const costly = await startWhole(t, { ...app.env, BCRYPT_COST: '5' })
  t.equal((await logIn(costly, email)).status, 200)
  t.match(await hashOf(app, email), /^hmac-sha384:none:\$2b\$05\$/)

  const peppered = await startWhole(t, { ...app.env, BCRYPT_COST: '5', PASSWORD_PEPPER: 'a-new-pepper-of-some-length' })
  t.equal((await logIn(peppered, email)).status, 200)
  t.match(await hashOf(app, email), /^hmac-sha384:[0-9a-f]{8}:\$2b\$05\$/)
  t.equal((await logIn(peppered, email)).status, 200)
  isProblem(t, await logIn(peppered, email, 'wrong password'), { status: 401, code: 'invalid_credentials' })
})
