import type { ProcessEvent } from '../../history/events.ts'
import type { AuthInstance } from '../lab.ts'
import type { ComposeService } from './compose-service.ts'

export const INSTANCE_NAME = 'deployment'

/** The auth server of a deployment of which nothing but its URL is known: it can be asked, not stopped. */
export function remoteInstance(url: string): AuthInstance {
  const refuse = async (): Promise<never> => {
    throw new Error('the auth server of this deployment can not be stopped or started: name it with --auth-service')
  }
  return { name: INSTANCE_NAME, url, pid: undefined, stop: refuse, kill: refuse, start: refuse }
}

/**
 * The auth server of a deployment, as a service of its compose project.
 *
 * @param pid of its process now, on the engine's machine
 */
export function composeInstance(
  url: string,
  server: ComposeService,
  pid: number | undefined,
  onEvent: (happening: ProcessEvent) => void,
): AuthInstance {
  let running = pid
  const tell = (happening: Omit<ProcessEvent, 'type' | 'instance'>) =>
    onEvent({ type: 'process', instance: INSTANCE_NAME, ...happening })

  async function end(verb: 'stop' | 'kill'): Promise<string> {
    const { pid } = await server.look()
    if (pid === undefined) return 'was not running'
    running = undefined
    await server[verb]()
    const { exitCode } = await server.look()
    const how = exitCode === SIGKILLED ? 'SIGKILL' : `exit code ${exitCode}`
    tell({ pid, stage: 'exited', how, wanted: true })
    return how
  }

  return {
    name: INSTANCE_NAME,
    url,
    get pid() {
      return running
    },
    stop: () => end('stop'),
    kill: async () => void (await end('kill')),
    async start() {
      await server.start()
      const { pid } = await server.look()
      if (pid === undefined || pid === running) return
      running = pid
      tell({ pid, stage: 'started' })
      tell({ pid, stage: 'ready' })
    },
  }
}

/** The exit code of a container whose process took SIGKILL: 128 and the signal's number. */
const SIGKILLED = 137
