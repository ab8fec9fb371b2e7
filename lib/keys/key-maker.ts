import type { SigningAlg } from '../config.ts'
import { generateSigningKey } from './jwk.ts'
import type { NewKey } from './ring.ts'
import { seal } from './sealing.ts'

export interface KeyMakerOptions {
  /** 32 bytes. */
  readonly keyEncryptionKey: Buffer
  readonly signingAlg: SigningAlg
  readonly rsaBits: number
  /** Told when a spare could not be made; the next call tries again. */
  readonly onSpareFailed: (error: unknown) => void
}

/** Makes signing keys, sealed, and keeps one spare for an emergency in this process's memory. */
export class KeyMaker {
  readonly #options: KeyMakerOptions
  #spare: Promise<NewKey> | undefined

  constructor(options: KeyMakerOptions) {
    this.#options = options
  }

  async make(): Promise<NewKey> {
    const { signingAlg, rsaBits, keyEncryptionKey } = this.#options
    const { publicJwk, privatePem } = await generateSigningKey(signingAlg, rsaBits)
    const { kid, alg } = publicJwk
    return { kid, alg, publicJwk, sealed: seal(keyEncryptionKey, kid, privatePem) }
  }

  /** Makes the key that an emergency will sign with, if there is none. */
  prepareSpare(): void {
    if (this.#spare !== undefined) return
    this.#spare = this.make()
    this.#spare.catch((error) => {
      this.#spare = undefined
      this.#options.onSpareFailed(error)
    })
  }

  /** The spare, at once when it is ready, and another one is begun. No key is given twice. */
  takeSpare(): Promise<NewKey> {
    const taken = this.#spare ?? this.make()
    this.#spare = undefined
    this.prepareSpare()
    return taken
  }
}
