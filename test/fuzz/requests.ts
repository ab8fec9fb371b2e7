import fc, { type Arbitrary } from 'fast-check'
import type { InjectOptions } from 'fastify'
import { expectFit } from './answers.ts'
import type { Operation, Parameter } from './operations.ts'
import type { Property } from './property.ts'
import { anyText, fitting, unfitting } from './schemas.ts'
import type { FuzzWorld } from './world.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'application/x-www-form-urlencoded',
  '',
]
/** What may stand in a header; anything else the HTTP parser refuses before there is a request. */
const headerText = anyText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim())

/** Who asks. */
type Who = 'nobody' | 'user' | 'admin' | 'other'
const who = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Who>('user') },
  { weight: 3, arbitrary: fc.constantFrom<Who>('nobody', 'other') },
  { weight: 1, arbitrary: fc.constant<Who>('admin') },
)

interface Case {
  readonly who: Who
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly payload: string | undefined
  readonly real: readonly string[]
}

const value = ({ schema }: Parameter) => fc.oneof(fitting(schema).map(String), anyText)

function urls({ path, parameters }: Operation): Arbitrary<string> {
  const inPath = parameters.filter((one) => one.in === 'path')
  const inQuery = parameters.filter((one) => one.in === 'query')
  const query = fc.tuple(...inQuery.map((one) => fc.option(value(one), { nil: undefined })))
  return fc
    .tuple(fc.tuple(...inPath.map(value)), query, fc.option(fc.tuple(anyText, anyText), { freq: 9 }))
    .map(([values, queries, extra]) => {
      const filled = inPath.reduce((url, { name }, i) => url.replace(`{${name}}`, encode(values[i] ?? '')), path)
      const pairs = inQuery.flatMap(({ name }, i) =>
        queries[i] === undefined ? [] : [`${name}=${encode(queries[i] ?? '')}`],
      )
      if (extra !== null) pairs.push(`${encode(extra[0])}=${encode(extra[1])}`)
      return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
    })
}

function headersOf({ parameters }: Operation): Arbitrary<Record<string, string>> {
  const own = Object.fromEntries(parameters.filter((one) => one.in === 'header').map(({ name }) => [name, headerText]))
  return fc.record(
    {
      ...own,
      'x-request-id': headerText,
      'user-agent': headerText,
      'x-forwarded-for': headerText,
      'if-none-match': headerText,
      'last-event-id': headerText,
      accept: fc.constantFrom('*/*', 'application/json', 'text/html', ''),
      cookie: headerText,
    },
    { requiredKeys: [] },
  )
}

function cases(operation: Operation, payload: Arbitrary<string | undefined>): Arbitrary<Case> {
  return fc.record({
    who,
    url: urls(operation),
    method: fc.constant(operation.method),
    headers: fc
      .tuple(
        headersOf(operation),
        fc.oneof(
          { weight: 9, arbitrary: fc.constant(TYPES[0] ?? '') },
          { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
        ),
      )
      .map(([headers, type]) => (type === '' ? headers : { ...headers, 'content-type': type })),
    payload,
    real: fc.subarray(['email', 'password', 'current_password', 'token', 'refresh_token']),
  })
}

async function send(world: FuzzWorld, { who, url, method, headers, payload, real }: Case) {
  const session = await world.session()
  const bearer = { nobody: undefined, user: session.access_token, admin: world.adminKey, other: 'a.b.c' }[who]
  const values: Record<string, string> = {
    ...{ email: session.email, password: world.password, current_password: world.password },
    ...{ token: session.access_token, refresh_token: session.refresh_token },
  }
  const answer = await world.inject({
    method: method as NonNullable<InjectOptions['method']>,
    url,
    headers: { ...headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) },
    ...(payload !== undefined && { payload: withReal(payload, real, values) }),
  })
  if (answer.status < 300 && method !== 'GET') world.spoil()
  return answer
}

/** Members that are made up get the value that the server knows: what is behind them is reached as well. */
function withReal(payload: string, names: readonly string[], values: Record<string, string>): string {
  if (!payload.startsWith('{')) return payload
  const body = JSON.parse(payload) as Record<string, unknown>
  for (const name of names) if (typeof body[name] === 'string') body[name] = values[name]
  return JSON.stringify(body)
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

const each = (world: FuzzWorld, make: (operation: Operation) => Arbitrary<Case>) =>
  fc.oneof(...world.operations.map((operation) => make(operation).map((one) => ({ ...one, operation }))))

const fits: Property = {
  name: 'every route: bodies, parameters and headers that fit its schema',
  share: 0.25,
  make: (world) =>
    fc.asyncProperty(
      each(world, (operation) =>
        cases(
          operation,
          operation.body === undefined
            ? fc.constant(undefined)
            : fitting(operation.body).map((body) => JSON.stringify(body)),
        ),
      ),
      async ({ operation, ...one }) => expectFit(await send(world, one), operation),
    ) as never,
}

const unfit: Property = {
  name: 'every route with a body: bodies that do not fit are never taken',
  share: 0.15,
  make: (world) =>
    fc.asyncProperty(
      fc.oneof(
        ...world.operations.flatMap((operation) =>
          operation.body === undefined
            ? []
            : [
                cases(
                  operation,
                  unfitting(operation.body).map((body) => JSON.stringify(body)),
                ).map((one) => ({ ...one, operation })),
              ],
        ),
      ),
      async ({ operation, ...one }) => {
        const answer = await send(world, { ...one, real: [] })
        expectFit(answer, operation)
        if (answer.status < 400) throw new Error(`taken: ${answer.status} ${JSON.stringify(answer.body)}`)
      },
    ) as never,
}

const anything: Property = {
  name: 'every path, and any other: other methods, texts that are no JSON, encodings that are none',
  share: 0.15,
  make: (world) => {
    const text = fc.option(
      fc.oneof(anyText, fc.json(), fc.string({ unit: 'binary', maxLength: 17_000, size: 'max' })),
      { nil: undefined },
    )
    const path = fc.oneof(
      fc.constantFrom(...world.operations.map(({ path }) => path), '/docs', '/docs/json'),
      anyText.map((text) => `/${encode(text)}`),
      anyText.map((text) => `/auth/sessions/${encodeURI(text.toWellFormed())}`),
      fc
        .string({ unit: fc.constantFrom('/', '.', '%', '2', 'F', 'f', 'c', '3', ';', '?', 'auth', 'admin', 'login') })
        .map((text) => `/${text}`),
    )
    return fc.asyncProperty(
      fc.record({
        who,
        url: path,
        method: fc.constantFrom(...METHODS),
        headers: fc.constant({}),
        payload: text,
        real: fc.constant([]),
      }),
      fc.constantFrom(...TYPES),
      async (one, type) => {
        const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
        const payload = one.payload?.startsWith('{') ? ` ${one.payload}` : one.payload
        const answer = await send(world, { ...one, headers, payload })
        if (one.method !== 'HEAD') expectFit(answer)
        else if (answer.status >= 500) throw new Error(`HEAD: ${answer.status}`)
      },
    ) as never
  },
}

export const requests: readonly Property[] = [fits, unfit, anything]
