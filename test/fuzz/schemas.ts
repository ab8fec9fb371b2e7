import fc, { type Arbitrary } from 'fast-check'
import type { Schema } from './operations.ts'

/** Texts of all kinds: of any code units, of one script, or of what has a meaning somewhere. */
export const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '__proto__',
    'constructor',
    'null',
    'true',
    '-1',
    '1e999',
    '%',
    '%00',
    '../..',
    "' OR 1=1 --",
  ),
  fc.string({ minLength: 250, maxLength: 300 }),
)

/** Values that fit a schema. @throws for a keyword that it does not know, so that no schema is passed over */
export function fitting(schema: Schema): Arbitrary<unknown> {
  const { type, const: constant, enum: words, anyOf } = schema
  if (constant !== undefined) return fc.constant(constant)
  if (words !== undefined) return fc.constantFrom(...words)
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(fitting))
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => fitting({ ...schema, type: one })))
  switch (type) {
    case 'string':
      return fittingText(schema)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array': {
      const { items = {}, minItems: minLength = 0, maxItems = 5, uniqueItems = false } = schema
      const limits = { minLength, maxLength: Math.min(5, maxItems) }
      return uniqueItems ? fc.uniqueArray(fitting(items), limits) : fc.array(fitting(items), limits)
    }
    case 'object': {
      const { properties = {}, required = [] } = schema
      const members = Object.entries(properties).map(([name, one]) => [name, fitting(one)] as const)
      return fc.record(Object.fromEntries(members), { requiredKeys: [...required] as never[] })
    }
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`)
  }
}

function fittingText({ format, pattern, minLength = 0, maxLength = 300 }: Schema): Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (format !== undefined) throw new Error(`no texts of the format ${format}`)
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  return anyText.filter((text) => text.length >= minLength && text.length <= maxLength)
}

/** Bodies that do not fit an object schema: each a fitting one with one thing wrong, or no object at all. */
export function unfitting(schema: Schema): Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema
  const fit = fitting({ ...schema, type: 'object' }) as Arbitrary<Record<string, unknown>>
  const unknown = fc
    .tuple(
      fit,
      anyText.filter((name) => !(name in properties)),
      fc.jsonValue(),
    )
    .map(([body, name, value]) => ({ ...body, ...Object.fromEntries([[name, value]]) }))
  const missing = required.map((name) => fit.map(({ [name]: _, ...rest }) => rest))
  const wrong = Object.entries(properties).map(([name, one]) => {
    const types = [one.type].flat()
    const other = fc.jsonValue().filter((value) => !types.includes(typeOf(value)))
    return fc.tuple(fit, other).map(([body, value]) => ({ ...body, [name]: value }))
  })
  const noObject = fc.jsonValue().filter((value) => value !== null && typeOf(value) !== 'object')
  return fc.oneof(unknown, ...missing, ...wrong, noObject)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
