import type { Engine } from './engine.ts'

/** Where an image comes from. */
export interface ImageSource {
  /** `Postgres`, for messages. */
  readonly name: string
  /** The environment variable that names another one. */
  readonly variable: string
  readonly official: string
  /** What chaos/images/build makes. */
  readonly standIn: string
}

export const POSTGRES_IMAGE: ImageSource = {
  name: 'Postgres',
  variable: 'CHAOS_POSTGRES_IMAGE',
  official: 'postgres:18',
  standIn: 'tokenforge/postgres:local',
}

export const REDIS_IMAGE: ImageSource = {
  name: 'Redis',
  variable: 'CHAOS_REDIS_IMAGE',
  official: 'redis:8',
  standIn: 'tokenforge/redis:local',
}

/** Until it is worth telling that something is being fetched. */
const PATIENCE_MS = 2_000

/** The calls of the engine that this needs. */
export type ImageStore = Pick<Engine['image'], 'exists' | 'pull'>

/**
 * Finds an image and fetches it when it is not there: the one that the environment names, else the official one, else,
 * where that can't be had, the stand-in.
 *
 * @throws an error with one line for the terminal when there is none
 */
export async function chooseImage(
  store: ImageStore,
  { name, variable, official, standIn }: ImageSource,
  { env = process.env, say }: { env?: NodeJS.ProcessEnv; say: (text: string) => void },
): Promise<string> {
  const wanted = env[variable] || official
  const problem = await fetchImage(store, wanted, say)
  if (problem === undefined) return wanted
  if (wanted !== official) throw new Error(`${variable}=${wanted} can't be had (${problem})`)
  if (await store.exists(await named(standIn))) {
    say(`using ${standIn}: ${official} can't be had (${problem})`)
    return standIn
  }
  const ways = `run chaos/images/build, set ${variable}, or choose CHAOS_DRIVER=local`
  throw new Error(`there is no image for ${name}: ${official} can't be had (${problem}); ${ways}`)
}

/** Why it could not be fetched; `undefined` when it is there. */
async function fetchImage(store: ImageStore, image: string, say: (text: string) => void): Promise<string | undefined> {
  const name = await named(image)
  const patience = setTimeout(() => say(`fetching ${image}`), PATIENCE_MS)
  try {
    if (await store.exists(name)) return undefined
    await store.pull(name)
    // A pull that breaks off ends without an error.
    return (await store.exists(name)) ? undefined : 'the download broke off'
  } catch (error) {
    return (error as Error).message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim()
  } finally {
    clearTimeout(patience)
  }
}

async function named(image: string) {
  const { ImageName } = await import('testcontainers')
  return ImageName.fromString(image)
}
