import { readFileSync } from 'node:fs'
import t from 'tap'
import { walkthrough } from '../../local/walkthrough.ts'

t.test('only the first line depends on the server', async (t) => {
  const [first, ...rest] = walkthrough('http://127.0.0.1:3000').split('\n')
  t.equal(first, 'BASE=http://127.0.0.1:3000')
  t.same(walkthrough('https://auth.example.com').split('\n').slice(1), rest)
})

t.test('it goes through the life of a session in order', async (t) => {
  const paths = [...walkthrough('').matchAll(/\$BASE(\/[a-z/]+)/g)].map((match) => match[1])
  t.same(paths, ['/auth/register', '/auth/login', '/auth/refresh', '/auth/verify', '/auth/logout'])
})

t.test('the README shows the same, word for word', async (t) => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  t.ok(readme.includes(`\n\`\`\`bash\n${walkthrough('http://127.0.0.1:3000')}\`\`\`\n`))
})
