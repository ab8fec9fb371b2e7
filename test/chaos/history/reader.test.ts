import t from 'tap'
import { parseHistory } from '../../../chaos/history/reader.ts'

const phase = (at: number) => `{"at":${at},"scenario":"s","type":"phase","phase":"a"}`

t.test('events come in the order of their time', async (t) => {
  t.strictSame(parseHistory('').length, 0)
  t.strictSame(
    parseHistory(`${phase(2)}\n${phase(1)}\n`).map(({ at }) => at),
    [1, 2],
  )
  t.equal(parseHistory(`${phase(1)}\n${phase(2)}`).length, 2, 'the last line is whole but for its end')
  t.equal(parseHistory(`${phase(1)}\n{"a":{}}`).length, 1, 'what is left of it looks whole')
})

t.test('errors name the line and what is wrong with it', async (t) => {
  const cases: readonly (readonly [line: string, message: RegExp])[] = [
    ['', /h:2: not JSON/],
    ['[', /h:2: not JSON/],
    ['null', /h:2: not an object/],
    ['7', /h:2: not an object/],
    ['{"at":1,"scenario":"s"}', /h:2: no such type of event: undefined/],
    ['{"at":1,"scenario":"s","type":"toString"}', /h:2: no such type of event: toString/],
    ['{"at":"1","scenario":"s","type":"phase","phase":"a"}', /h:2: at must be a number, is 1/],
    ['{"at":1,"type":"phase","phase":"a"}', /h:2: scenario must be a string, is undefined/],
    ['{"at":1,"scenario":"s","type":"phase"}', /h:2: phase must be a string/],
    ['{"at":1,"scenario":"s","type":"sample","source":"x","values":null}', /h:2: values must be a object, is null/],
    ['{"at":1,"scenario":"s","type":"ok","op":1,"operation":"me","instance":"a"}', /h:2: ms must be a number/],
  ]
  for (const [line, message] of cases) {
    t.throws(() => parseHistory(`${phase(1)}\n${line}\n${phase(2)}\n`, 'h'), message, line)
  }
})
