import fc, { type Arbitrary } from 'fast-check'
import { canonicalEmail } from '../../lib/auth/email.ts'
import { AppError } from '../../lib/errors.ts'
import { expectFit } from './answers.ts'
import type { Property } from './property.ts'
import { anyText } from './schemas.ts'

/** Letters that have several spellings, and letters that look like others. */
const LETTERS = [...'abikls\u00E9\u00F6\u00E5\u00F1\u0131\u017F\u03C9\u0430\u0435\u1E9E\uAC00\u4E2D\u{10428}']
const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 12 })
const email = fc.tuple(word, word, fc.nat({ max: 1e9 })).map(([local, domain, n]) => `${local}${n}@${domain}.example`)

/** Spellings of the same email. */
const same: Arbitrary<(text: string) => string> = fc.constantFrom(
  (text: string) => text.normalize('NFD'),
  (text: string) => text.toLowerCase(),
  (text: string) => text.replace(/[a-z]/g, (c) => c.toUpperCase()),
  (text: string) => ` \t${text}\u3000\n`,
  (text: string) => text.replaceAll('k', '\u212A'),
  (text: string) => text.replaceAll('\u00E5', '\u212B'),
  (text: string) => text.replaceAll('\u03C9', '\u2126'),
)

/** Another email, however alike. */
const other: Arbitrary<(text: string) => string> = fc.constantFrom(
  (text: string) => `x${text}`,
  (text: string) => text.replace('@', '+a@'),
  (text: string) => text.replace(/a/, '\u0430'),
  (text: string) => text.replace(/i/, '\u0131'),
  (text: string) => text.replace(/s/, '\u017F'),
  (text: string) => text.replace(/e/, '\u0435'),
  (text: string) => text.replace(/\u00E9/, 'e'),
  (text: string) => text.replace('.example', '.exampl'),
)

function canonical(text: string): string | null {
  try {
    return canonicalEmail(text)
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return null
    throw error
  }
}

const form: Property = {
  name: 'a text is an email in one form or none: canonical again, in NFC, small, of harmless characters',
  share: 0.1,
  make: () =>
    fc.property(
      fc.oneof(
        email,
        anyText,
        fc.tuple(anyText, word).map(([a, b]) => `${a}@${b}.example`),
      ),
      (text) => {
        const form = canonical(text)
        if (form === null) return true
        return (
          form === canonical(form) &&
          form === form.normalize('NFC') &&
          form === form.toLowerCase() &&
          !/[\p{C}\p{Z}]/u.test(form) &&
          form.split('@').length === 2
        )
      },
    ) as never,
}

const pairs: Property = {
  name: 'two spellings of one email are the same, two emails are not',
  share: 0.1,
  make: () =>
    fc.property(email, fc.array(same, { minLength: 1, maxLength: 4 }), other, (text, spellings, change) => {
      const form = canonical(text)
      const spelled = spellings.reduce((so, spell) => spell(so), text)
      const changed = change(text)
      return form !== null && canonical(spelled) === form && (changed === text || canonical(changed) !== form)
    }) as never,
}

const accounts: Property = {
  name: 'one account for all spellings of an email, another one for another email, at the running server',
  share: 0.02,
  make: (world) => {
    const post = async (url: string, address: string) => {
      const answer = await world.inject({ method: 'POST', url, payload: { email: address, password: world.password } })
      expectFit(answer)
      return answer
    }
    return fc.asyncProperty(email, same, other, async (text, spell, change) => {
      const first = await post('/auth/register', text)
      const again = await post('/auth/register', spell(text))
      const login = await post('/auth/login', spell(text))
      const changed = change(text)
      const second = changed === text ? { status: 201, body: { id: '' } } : await post('/auth/register', changed)
      return (
        [201, 409].includes(first.status) &&
        again.status === 409 &&
        login.status === 200 &&
        [201, 409].includes(second.status) &&
        second.body.id !== first.body.id
      )
    }) as never
  },
}

export const emails: readonly Property[] = [form, pairs, accounts]
