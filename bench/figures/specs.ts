import type { RatioSpec } from './ratios.ts'

const OURS = 'TokenForge'

/** `refresh | TokenForge` over `refresh | plain stack`, for each peer that can do it. */
function besidePeers(operation: string, ours = operation): RatioSpec[] {
  return ['plain stack', 'better-auth', 'oidc-provider'].map((peer) => ({
    name: `${operation} over ${peer}`,
    of: `${ours} | ${OURS}`,
    over: `${operation} | ${peer}`,
    ...(operation === 'refresh' && peer === 'plain stack' && { goal: { atLeast: 1 }, guarded: true }),
  }))
}

/** Every ratio of the benchmark, in the order of the table. */
export const SPECS: readonly RatioSpec[] = [
  ...([10, 12] as const).map((cost) => ({
    name: `login (bcrypt ${cost}) over bcrypt ${cost} alone`,
    of: `login ${cost} | ${OURS}`,
    over: `bcrypt ${cost} | alone`,
    goal: { atLeast: 0.97 },
    guarded: cost === 10,
  })),
  ...besidePeers('login', 'login 10'),
  {
    name: 'refresh over RSA sign alone',
    of: `refresh | ${OURS}`,
    over: 'RSA sign | alone',
    goal: { atLeast: 0.75 },
    guarded: true,
  },
  ...besidePeers('refresh'),
  ...(['verify', 'forward-auth', 'me', 'verify, first time'] as const).map((operation) => ({
    name: `${operation} over a bare route`,
    of: `${operation} | ${OURS}`,
    over: 'bare | bare Fastify',
    ...(operation === 'verify' && { goal: { atLeast: 0.5 }, guarded: true }),
  })),
  { name: 'verify over RSA verify alone', of: `verify | ${OURS}`, over: 'RSA verify | alone' },
  ...besidePeers('verify'),
  ...besidePeers('me'),
  {
    name: 'JWKS over a bare route',
    of: `jwks | ${OURS}`,
    over: 'bare | bare Fastify',
    goal: { atLeast: 0.8 },
    guarded: true,
  },
  ...besidePeers('jwks'),
  {
    name: 'refused login (503) over a bare route',
    of: `refused login | ${OURS}`,
    over: 'bare beside refused | bare Fastify',
  },
  { name: 'mix over plain stack', of: `mix | ${OURS}`, over: 'mix | plain stack' },
  ...(['p50', 'p99'] as const).flatMap((quantile) =>
    ['verify', 'refresh', 'jwks'].map((operation) => ({
      name: `${operation} ${quantile} in a login storm over idle`,
      of: `${operation} ${quantile} | storm`,
      over: `${operation} ${quantile} | idle`,
      ...(operation === 'verify' && quantile === 'p99' && { goal: { atMost: 2 } }),
    })),
  ),
  {
    name: 'refused login (503) p99 over /health/live p99',
    of: 'refused login p99 | open',
    over: 'live p99 | open',
    goal: { atMost: 2 },
  },
  {
    name: 'refresh p50 at 1M sessions over 10k',
    of: 'refresh p50 | 1M sessions',
    over: 'refresh p50 | 10k sessions',
    goal: { atMost: 1.1 },
  },
  {
    name: 'refresh p50 at 100k sessions over 10k',
    of: 'refresh p50 | 100k sessions',
    over: 'refresh p50 | 10k sessions',
  },
  { name: 'cold start over a bare Fastify', of: 'first answer | TokenForge', over: 'first answer | bare Fastify' },
  ...[2, 4].map((count) => ({
    name: `mix through a balancer, ${count} instances over 1`,
    of: `mix | ${count} instances`,
    over: 'mix | 1 instance',
  })),
]
