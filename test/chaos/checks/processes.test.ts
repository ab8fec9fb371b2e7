import t from 'tap'
import { cleanLog, sameProcess } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const wanted = { wanted: true, how: 'SIGKILL' }
const started = () => new Past().process(0, 'started').process(10, 'ready')

t.test('same-process', async (t) => {
  isGood(t, sameProcess(), new Past(), 0, 'nothing')
  isGood(t, sameProcess(), started().process(0, 'started', { instance: 'auth-2', pid: 9 }), 2, 'two that live on')
  const restart = () => started().process(100, 'exited', wanted).process(200, 'started', { pid: 2 })
  isGood(t, sameProcess(), restart().process(300, 'ready', { pid: 2 }), 1, 'killed by the scenario and started again')
  isBad(
    t,
    sameProcess(),
    started().process(100, 'exited', { how: 'exit code 1', wanted: false }),
    [/auth-1 \(pid 1\) ended by itself: exit code 1/],
    'a crash',
  )
  isBad(t, sameProcess(), started().process(100, 'exited'), [/nobody knows how/], 'nobody wanted it')
  isBad(t, sameProcess(), started().process(100, 'ready', { pid: 2 }), [/was pid 1 and is pid 2/], 'another process')
})

t.test('clean-log', async (t) => {
  isGood(t, cleanLog(), new Past(), 0, 'nothing')
  isGood(t, cleanLog(), started(), 1, 'an instance that says nothing bad')
  const dirty = started().add(50, { type: 'log', instance: 'auth-1', text: '{"level":50,"msg":"no"}' })
  isBad(t, cleanLog(), dirty, [/0.050 s: auth-1: {"level":50,"msg":"no"}/], 'an error')
})
