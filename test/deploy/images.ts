import { findEngine } from '../../chaos/lab/drivers/engine.ts'
import { chooseImage, type ImageSource, POSTGRES_IMAGE, REDIS_IMAGE } from '../../chaos/lab/drivers/images.ts'

const NODE_IMAGE: ImageSource = {
  name: 'Node',
  variable: 'CHAOS_NODE_IMAGE',
  official: 'node:24-bookworm-slim',
  standIn: 'tokenforge/node:local',
}

/** The images to deploy from, by the variables of compose.yaml; why not, when they can't be had. */
export async function findImages(): Promise<Record<string, string> | string> {
  const engine = await findEngine()
  if (engine === undefined) return 'no Docker engine answers'
  const choose = (source: ImageSource) => chooseImage(engine.image, source, { say: () => {} })
  try {
    return {
      BASE_IMAGE: await choose(NODE_IMAGE),
      POSTGRES_IMAGE: await choose(POSTGRES_IMAGE),
      REDIS_IMAGE: await choose(REDIS_IMAGE),
    }
  } catch (error) {
    return (error as Error).message
  }
}
