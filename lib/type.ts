import type TypeBox from 'typebox'

// TypeBox's builders and types without TypeBox at run time (ADR 0035): its 374 modules took a seventh of a start to load.

type Builders = Pick<
  typeof TypeBox,
  | ('Array' | 'Boolean' | 'Enum' | 'Integer' | 'Literal' | 'Null' | 'Number' | 'Object' | 'Optional' | 'String')
  | ('Union' | 'Unsafe')
>
type Schema = Readonly<Record<string, unknown>>
type Scalar = string | number | boolean

const optional = new WeakSet<object>()

function objectOf(properties: Readonly<Record<string, Schema>>, options?: Schema): Schema {
  const required = Object.keys(properties).filter((name) => !optional.has(properties[name] as Schema))
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
}

function optionalOf(schema: Schema): Schema {
  const copy = { ...schema }
  optional.add(copy)
  return copy
}

const of =
  (type: string) =>
  (options?: Schema): Schema => ({ type, ...options })

const builders = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: of('boolean'),
  Enum: (values: readonly Scalar[], options?: Schema) => ({ enum: values, ...options }),
  Integer: of('integer'),
  Literal: (value: Scalar, options?: Schema) => ({ type: typeof value, const: value, ...options }),
  Null: of('null'),
  Number: of('number'),
  Object: objectOf,
  Optional: optionalOf,
  String: of('string'),
  Union: (anyOf: readonly Schema[], options?: Schema) => ({ anyOf, ...options }),
  Unsafe: (schema: Schema) => schema,
}

/**
 * Builders of JSON Schema, typed as TypeBox types them: what each makes is what TypeBox's builder of the
 * same name makes, as JSON. `Optional` marks a property that `Object` does not require.
 */
const Type = builders as unknown as Builders

export default Type
