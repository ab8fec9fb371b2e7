import { openLab } from '../../chaos/lab/open-lab.ts'
import { postgresStatements, redisCommand } from '../../chaos/lab/past-the-app.ts'
import type { TcpProxy } from '../../chaos/net/tcp-proxy.ts'

/** Where a server keeps its data: a database and a number of Redis of its own. */
export interface StoreUrls {
  readonly postgres: string
  readonly redis: string
}

/** A real Postgres and a real Redis, and what the benchmark does with them past every server. */
export interface Stores extends AsyncDisposable {
  /** Makes empty stores for one server. */
  fresh(name: string): Promise<StoreUrls>
  /** The same stores by way of proxies, which count the calls and can be cut. */
  through(urls: StoreUrls, name: string): Promise<{ urls: StoreUrls; postgres: TcpProxy; redis: TcpProxy }>
  redis(...command: [string, ...string[]]): Promise<unknown>
  about(): Promise<Record<string, string>>
}

/** Starts both on the core that this process runs on. */
export async function openStores(): Promise<Stores> {
  const lab = await openLab({ driver: 'local' })
  const [postgres, redis] = [lab.postgres.server.url, lab.redis.server.url]
  let count = 0
  return {
    async fresh(name) {
      const database = `bench_${name.toLowerCase().replaceAll(/\W/g, '_')}`
      await postgresStatements(postgres, `CREATE DATABASE ${database}`)
      const url = new URL(postgres)
      url.pathname = database
      count += 1
      return { postgres: url.href, redis: `${redis}/${count}` }
    },
    async through(urls, name) {
      const [toPostgres, toRedis] = [await lab.postgres.network.link(name), await lab.redis.network.link(name)]
      const by = (url: string, { port }: TcpProxy) => Object.assign(new URL(url), { port: String(port) }).href
      return {
        urls: { postgres: by(urls.postgres, toPostgres), redis: by(urls.redis, toRedis) },
        postgres: toPostgres,
        redis: toRedis,
      }
    },
    redis: (...command) => redisCommand(redis, ...command),
    about: () => lab.about(),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}
