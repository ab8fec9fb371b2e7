import { GenericContainer, StartupCheckStrategy } from 'testcontainers'
import { onFreePort } from '../../../local/ports.ts'
import type { DependencyServer } from '../lab.ts'
import { type ContainerServerSpec, containerServer } from './container-server.ts'
import { ourLabels, removeOurs, requireFree } from './containers.ts'
import type { Engine } from './engine.ts'

const PORT_IN_USE = /port is already allocated|address already in use/

/** A container of a lab before it is made. */
export class LabContainer extends GenericContainer {
  /** On 127.0.0.1 and on this port for good: the library itself would publish it to the whole network. */
  withLoopbackPort(inside: number, outside: number): this {
    this.withExposedPorts({ container: inside, host: outside })
    this.hostConfig.PortBindings = { [`${inside}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(outside) }] }
    return this
  }
}

/** Whether it answers is found out past the library, as after every later start. */
class NoWait extends StartupCheckStrategy {
  override async checkStartupState() {
    return 'SUCCESS' as const
  }
}

export interface LabContainerSpec {
  readonly engine: Engine
  readonly name: string
  readonly image: string
  /** The port inside. */
  readonly port: number
  prepare(container: LabContainer): LabContainer
  url(port: number): string
  isReady(url: string): Promise<boolean>
}

/** Makes a container and waits until its server answers. It goes, with its volumes, when the stack is disposed of. */
export async function startContainer(spec: LabContainerSpec, stack: AsyncDisposableStack): Promise<DependencyServer> {
  const { engine, name, image } = spec
  await requireFree(engine, name)
  stack.defer(() => removeOurs(engine, name))
  return onFreePort(async (port) => {
    const url = spec.url(port)
    const labels = await ourLabels()
    const container = new LabContainer(image).withName(name).withLabels(labels).withLoopbackPort(spec.port, port)
    // What the library would use to clean up is one more image, and knows nothing of a run that is still alive: sweep.ts.
    container.withAutoCleanup(false).withWaitStrategy(new NoWait())
    try {
      await spec.prepare(container).start()
    } catch (error) {
      await removeOurs(engine, name)
      if (PORT_IN_USE.test((error as Error).message)) Object.assign(error as Error, { code: 'EADDRINUSE' })
      throw error
    }
    const server: ContainerServerSpec = {
      engine,
      container: engine.container.getById(name),
      name,
      url,
      isReady: () => spec.isReady(url),
    }
    const started = containerServer(server)
    await started.start()
    return started
  })
}
