import t from 'tap'
import { duplicateMember } from '../../lib/duplicate-members.ts'

t.test('a name that stands twice in one object is found, in whatever spelling', async (t) => {
  const texts: [json: string, name: string][] = [
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a" :1,\n"b":2,"a"\t: 3}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"a":{"b":1,"b":2}}', 'b'],
    ['[{"a":{}, "x":[{"a":1}], "a":1}]', 'a'],
    ['{"\\"":1,"\\u0022":2}', '"'],
    ['{"\\\\":1,"\\\\":2}', '\\'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ]
  for (const [json, name] of texts) t.equal(duplicateMember(json), name, json)
})

t.test('a name in another object, and what is no name, is none', async (t) => {
  const texts = [
    '{}',
    '5',
    '"a"',
    '{"a":1,"b":2}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":"\\\\"}',
    '{"a":"}","b":"{","c":["a","a"]}',
    '{"toString":1,"constructor":2}',
    '{"a":1,"A":1}',
  ]
  for (const json of texts) t.equal(duplicateMember(json), null, json)
})
