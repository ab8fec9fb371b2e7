import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { walkthrough } from '../../local/walkthrough.ts'
import packageJson from '../../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const pages = globSync('**/*.md', { cwd: ROOT, exclude: ['node_modules/**', '.dev/**', '.tap/**'] })

t.test('the walk-through of the README is the one that the launcher prints', async (t) => {
  t.ok(read('README.md').includes(`\`\`\`bash\n${walkthrough('http://127.0.0.1:3000')}\`\`\``))
})

t.test('every npm command that a page names exists', async (t) => {
  for (const page of pages) {
    for (const [, command = ''] of read(page).matchAll(/\bnpm run ([a-z:-]+)/g)) {
      t.hasProp(packageJson.scripts, command, `${page}: npm run ${command}`)
    }
  }
})

t.test('every file that a page links to exists', async (t) => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      t.ok(existsSync(join(ROOT, dirname(page), target)), `${page}: ${target}`)
    }
  }
})

t.test('every top folder says what lives in it', async (t) => {
  const folders = globSync('*/', { cwd: ROOT, exclude: ['node_modules', 'coverage'] }).filter(
    (name) => !name.startsWith('.'),
  )
  for (const folder of folders.filter((name) => name !== 'docs'))
    t.ok(existsSync(join(ROOT, folder, 'README.md')), folder)
})
