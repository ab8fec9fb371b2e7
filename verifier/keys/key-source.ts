import { getJson, type Request, UnexpectedAnswer } from '../net/http.ts'
import { fetchableUrl, metadataUrl } from '../net/urls.ts'
import type { Settings } from '../settings.ts'
import { type KeySet, readKeySet } from './key-set.ts'
import { readStamp, STAMP_HEADER, type Stamp } from './stamp.ts'

const MAX_METADATA_BYTES = 65_536
const MAX_KEY_SET_BYTES = 524_288

export interface PublishedKeys {
  readonly keys: KeySet
  /** How new it is, if the issuer says so. */
  readonly stamp: Stamp | undefined
}

/** The key set as the issuer publishes it. */
export class KeySource {
  readonly #settings: Settings
  readonly #signal: AbortSignal
  #found: string | undefined
  #etag: string | undefined

  constructor(settings: Settings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
  }

  /**
   * Asks for the key set.
   *
   * @returns null when it has not changed since the last that was kept
   * @throws BadKeySet, UnexpectedAnswer or an error of the network
   */
  async load(): Promise<PublishedKeys | null> {
    const { fetch, jwksUri, algorithms } = this.#settings
    const url = jwksUri ?? this.#found ?? (await this.#discover())
    const headers = this.#etag === undefined ? undefined : { 'if-none-match': this.#etag }
    try {
      const answer = await getJson(fetch, url, { ...this.#request(MAX_KEY_SET_BYTES), ...(headers && { headers }) })
      if (answer.status === 304) {
        if (this.#etag === undefined) throw new UnexpectedAnswer('answered with 304 to a question without ETag', 304)
        return null
      }
      const keys = await readKeySet(answer.text, algorithms)
      this.#etag = answer.headers.get('etag') ?? undefined
      return { keys, stamp: readStamp(answer.headers.get(STAMP_HEADER)) }
    } catch (error) {
      // It may have moved: the metadata is asked again.
      if (error instanceof UnexpectedAnswer && error.status >= 400 && error.status < 500) this.#found = undefined
      throw error
    }
  }

  /** Makes the next answer a whole one. */
  forgetEtag(): void {
    this.#etag = undefined
  }

  /** RFC 8414 section 3: the metadata must name the very issuer (section 3.3), or somebody else's keys would be taken. */
  async #discover(): Promise<string> {
    const { fetch, issuer = '', allowInsecureHttp } = this.#settings
    const { text } = await getJson(fetch, metadataUrl(issuer), this.#request(MAX_METADATA_BYTES))
    const metadata: unknown = JSON.parse(text)
    const { issuer: named, jwks_uri: uri } = (metadata ?? {}) as Record<string, unknown>
    if (named !== issuer) throw new UnexpectedAnswer('the metadata is of another issuer', 200)
    const url = fetchableUrl('jwks_uri', uri as string, allowInsecureHttp)
    const isWeaker = issuer.startsWith('https:') && url.protocol !== 'https:'
    if (isWeaker) throw new UnexpectedAnswer('jwks_uri is not https though the issuer is', 200)
    this.#found = url.href
    return url.href
  }

  #request(maxBytes: number): Request {
    return { timeoutMs: this.#settings.requestTimeoutMs, maxBytes, signal: this.#signal }
  }
}
