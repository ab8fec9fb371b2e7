import t from 'tap'
import TypeBox from 'typebox'
import Type from '../../lib/type.ts'

/** What both are asked to make. */
function schemas(of: typeof Type) {
  return {
    array: of.Array(of.String(), { minItems: 1 }),
    boolean: of.Boolean({ default: false }),
    enum: of.Enum(['a', 'b'], { description: 'one of two' }),
    integer: of.Integer({ minimum: 0 }),
    literals: [of.Literal('a'), of.Literal(3), of.Literal(true, { description: 'always' })],
    null: of.Null({ description: 'nothing' }),
    number: of.Number({ maximum: 1 }),
    object: of.Object(
      { name: of.String(), more: of.Optional(of.Object({ inner: of.Optional(of.Null()) })) },
      { additionalProperties: false },
    ),
    empty: of.Object({}),
    string: of.String({ format: 'date-time' }),
    union: of.Union([of.String(), of.Null()], { description: 'a text or nothing' }),
    unsafe: of.Unsafe<object | null>({ type: ['object', 'null'] }),
  }
}

t.test('each schema is the one that TypeBox makes', async (t) => {
  t.equal(JSON.stringify(schemas(Type), null, 2), JSON.stringify(schemas(TypeBox), null, 2))
})

t.test('a schema that is optional in one place stays required in others', async (t) => {
  const text = Type.String()
  t.strictSame(Type.Object({ a: Type.Optional(text), b: text }).required, ['b'])
})
