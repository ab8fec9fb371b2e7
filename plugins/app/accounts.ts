import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AccountService } from '../../lib/auth/accounts.ts'
import { networkKeyOf } from '../../lib/auth/client-network.ts'
import { HashingQueue } from '../../lib/auth/hashing-queue.ts'
import { PasswordHasher } from '../../lib/auth/password-hasher.ts'
import { PasswordPolicy } from '../../lib/auth/password-policy.ts'
import { UserAdministration } from '../../lib/auth/user-administration.ts'
import { AttemptStore } from '../../lib/store/attempts.ts'
import { BudgetStore } from '../../lib/store/budgets.ts'
import { HEAVY_THREADS, yieldInThreadPool } from '../../lib/thread-pool.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accounts: AccountService
    userAdministration: UserAdministration
    budgets: BudgetStore
    hashing: HashingQueue
  }
}

const MAX_WAIT_MS = 2000
/** What one bcrypt hash of cost 10 takes, about; the queue measures for itself from then on. */
const COST_10_MS = 60

/** Accounts, and the bounded queue in which their passwords are hashed. */
async function accounts(app: FastifyInstance): Promise<void> {
  const { config, clock, log, postgres, redisStore, revoker, users, accountChanges } = app
  const onNeglected = (err: unknown, what: string) => log.warn({ err }, `could not ${what}`)
  const hashing = new HashingQueue({
    concurrency: HEAVY_THREADS,
    maxWaitMs: MAX_WAIT_MS,
    expectedMs: COST_10_MS * 2 ** (config.bcryptCost - 10),
    monotonic: clock.monotonic,
  })
  await yieldInThreadPool()
  if (config.passwordPepper === undefined) log.warn('PASSWORD_PEPPER is not set: password hashes carry no pepper')

  const policy = new PasswordPolicy({
    minLength: config.passwordMinLength,
    blocklistFile: config.passwordBlocklistFile,
  })
  app.addHook('onClose', async () => policy.close())

  app.decorate('hashing', hashing)
  app.decorate('budgets', new BudgetStore(redisStore))
  app.decorate(
    'accounts',
    new AccountService({
      ...config,
      users,
      attempts: new AttemptStore(redisStore, networkKeyOf(config.audit.key)),
      hasher: new PasswordHasher(config.passwordPepper, config.bcryptCost, config.secondPasswordPepper),
      policy,
      revoker,
      clock,
      onNeglected,
    }),
  )
  const service = { users, revoker, changes: accountChanges, pending: postgres.sync, onNeglected }
  app.decorate('userAdministration', new UserAdministration(service))
}

export default fp(accounts, { name: 'accounts', dependencies: ['postgres', 'redis', 'sessions'] })
