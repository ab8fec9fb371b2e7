import type { Deployment } from '../lab/drivers/deployment.ts'
import type { Dependency, Lab } from '../lab/lab.ts'
import type { Network } from '../net/network.ts'

/** A deployment that the harness did not start, as a lab; whatever it can't do throws and says so. */
export function deployedLab(deployment: Deployment): Lab {
  const { driver, instances, postgres, redis, adminKey = '' } = deployment
  return {
    driver,
    instances,
    adminKey,
    secrets: {},
    // Its log is its own.
    logFiles: new Map(),
    postgres: dependency(postgres),
    redis: dependency(redis),
    get keyEncryptionKey(): string {
      return missing('key-encryption key that the harness knows')
    },
    startInstance: async () => missing('further instances'),
    startService: async () => missing('further services'),
    startPrometheus: async () => missing('Prometheus'),
    about: () => deployment.about(),
    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  }
}

function dependency({ name, server }: Deployment['postgres']): Dependency {
  return {
    name,
    server: {
      stop: () => server.stop(),
      kill: () => server.kill(),
      start: () => server.start(),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      greet: (patienceMs) => server.greet(patienceMs),
      get url(): string {
        return missing(`way to ${name} past the server`)
      },
    },
    get network(): Network {
      return missing('network of the harness')
    },
  }
}

function missing(what: string): never {
  throw new Error(`a deployment that was not started here has no ${what}`)
}
