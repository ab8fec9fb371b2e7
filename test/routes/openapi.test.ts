import t from 'tap'
import { startAlone } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document that this test looks through
type Document = any

const app = await startAlone(t)
const {
  status,
  headers,
  body: document,
}: { status: number; headers: Headers; body: Document } = await app.call('GET', '/openapi.json')
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Document>).map(([method, operation]) => ({ path, method, operation })),
)
const ROUTES = [
  'POST /auth/register',
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/verify',
  'GET /auth/verify',
  'GET /auth/me',
  'POST /auth/logout',
  'GET /auth/sessions',
  'DELETE /auth/sessions/{id}',
  'DELETE /auth/sessions',
  'POST /auth/password',
  'GET /auth/revocations',
  'GET /.well-known/jwks.json',
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/openid-configuration',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /admin/keys',
  'POST /admin/keys/rotate',
  'POST /admin/keys/revoke-all',
  'GET /admin/dependencies',
  'GET /admin/users',
  'GET /admin/users/{id}',
  'POST /admin/users/{id}/disable',
  'POST /admin/users/{id}/enable',
  'POST /admin/users/{id}/revoke-sessions',
  'PUT /admin/users/{id}/roles',
  'GET /admin/audit-events',
]

t.test('the document is OpenAPI 3.1 with every route of the contract', async (t) => {
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^application\/json/)
  t.match(document.openapi, /^3\.1\.\d+$/)
  t.match(document.info, { title: 'TokenForge', version: /^\d+\.\d+\.\d+$/ })
  const documented = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  t.strictSame(
    documented.filter((one) => !ROUTES.includes(one)),
    [],
    'nothing that the contract does not have',
  )
  t.strictSame(
    ROUTES.filter((one) => !documented.includes(one)),
    [],
    'nothing is missing',
  )
  const known = ['openapi', 'info', 'servers', 'paths', 'components', 'tags', 'security', 'externalDocs', 'webhooks']
  t.strictSame(
    Object.keys(document).filter((member) => !known.includes(member)),
    [],
  )
})

t.test('each operation says what it is, takes and answers', async (t) => {
  const tags = document.tags.map(({ name }: { name: string }) => name)
  const schemes = Object.keys(document.components.securitySchemes)
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`
    t.type(operation.summary, 'string', name)
    for (const tag of operation.tags) t.ok(tags.includes(tag), `${name}: tag ${tag}`)
    const answers = Object.entries(operation.responses as Record<string, Document>)
    t.ok(
      answers.some(([code]) => /^2\d\d$/.test(code)),
      `${name} has a success`,
    )
    for (const [code, answer] of answers) {
      t.match(code, /^([1-5]\d\d|[1-5]XX|default)$/, `${name}: status ${code}`)
      t.type(answer.description, 'string', `${name} ${code}`)
      if (/^[45]/.test(code)) t.ok(answer.content['application/problem+json'], `${name} ${code} is a problem`)
    }
    for (const parameter of path.matchAll(/\{(\w+)\}/g)) {
      const found = operation.parameters.find((one: Document) => one.name === parameter[1] && one.in === 'path')
      t.equal(found?.required, true, `${name}: ${parameter[1]}`)
    }
    for (const requirement of operation.security ?? []) {
      for (const scheme of Object.keys(requirement)) t.ok(schemes.includes(scheme), `${name}: ${scheme}`)
    }
    if (path.startsWith('/admin')) t.strictSame(operation.security, [{ adminKey: [] }], name)
    if (operation.requestBody) t.strictSame(Object.keys(operation.requestBody.content), ['application/json'], name)
  }
})

t.test('each reference leads somewhere, and each schema has a known type', async (t) => {
  const types = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
  let schemas = 0
  function walk(node: Document, where: string): void {
    if (node === null || typeof node !== 'object') return
    if (typeof node.$ref === 'string') {
      const target = node.$ref
        .slice(2)
        .split('/')
        .reduce((at: Document, key: string) => at?.[key], document)
      t.ok(node.$ref.startsWith('#/') && target !== undefined, `${where}: ${node.$ref}`)
    }
    if ('schema' in node || where.endsWith('.items')) schemas += 1
    const type = node.schema?.type
    if (type !== undefined)
      t.strictSame(
        [type].flat().filter((one: string) => !types.includes(one)),
        [],
        where,
      )
    for (const [key, value] of Object.entries(node)) walk(value, `${where}.${key}`)
  }
  walk(document, '')
  t.ok(schemas > operations.length)
  t.notMatch(JSON.stringify(document), /"nullable"/, 'a word of OpenAPI 3.0')
})

t.test('the page to read it is served, and its own policy lets its assets in', async (t) => {
  const page = await app.call('GET', '/docs/')
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html/)
  const policy = page.headers.get('content-security-policy') ?? ''
  const sources = (directive: string) =>
    policy
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .find(([name]) => name === directive) ??
    policy
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .find(([name]) => name === 'default-src') ??
    []
  for (const directive of ['script-src', 'style-src', 'img-src', 'connect-src']) {
    t.ok(sources(directive).includes("'self'"), `${directive}: ${sources(directive)}`)
  }
  const html = String(page.body)
  const assets = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, url]) => new URL(url ?? '', `${app.url}/docs/`))
  t.ok(assets.length >= 4)
  for (const { origin, pathname } of assets) {
    t.equal(origin, app.url, 'nothing comes from elsewhere')
    const { status, headers, body } = await app.call('GET', pathname)
    t.equal(status, 200, pathname)
    t.ok(body.length > 0 && headers.get('content-type') !== null, pathname)
    if (pathname.endsWith('.js')) t.match(headers.get('content-type'), /javascript/, pathname)
    if (pathname.endsWith('.css')) t.match(headers.get('content-type'), /^text\/css/, pathname)
  }
  t.notMatch(
    html,
    /<script(?![^>]*\bsrc=)[^>]*>[^<]*\S[^<]*<\/script>/,
    'no inline script, which the policy would refuse',
  )
  const json = await app.call('GET', '/docs/json')
  t.equal(json.status, 200)
  const slashless = await fetch(`${app.url}/docs`, { redirect: 'follow' })
  t.equal(slashless.status, 200)
})
