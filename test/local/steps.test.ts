import t from 'tap'
import { steps } from '../../local/steps.ts'

t.test('one line per step, with its time, and one before something slow', async (t) => {
  const lines: string[] = []
  let now = 0
  const { step, line } = steps(
    (text) => void lines.push(text),
    () => now,
  )
  line('secrets', 'kept')
  const result = await step('Redis', async (say) => {
    say('installing it')
    now += 1_234
    return { result: 'a server', text: 'on port 1' }
  })
  t.equal(result, 'a server')
  t.same(lines, ['  secrets     kept\n', '  Redis       installing it\n', '  Redis       on port 1 (1.2 s)\n'])
})

t.test('a step that fails prints nothing: the caller says why', async (t) => {
  const lines: string[] = []
  const { step } = steps((text) => void lines.push(text))
  await t.rejects(
    step('Redis', async () => {
      throw new Error('none here')
    }),
    /none here/,
  )
  t.same(lines, [])
})
