import type { TSchema } from 'typebox'

/**
 * How a TypeBox schema looks in Protocol Buffers: what `.proto` files and descriptors are made from, and by which values are brought
 * to proto3's JSON form and back (null and absence, whole numbers, choices of objects).
 */
export type Shape = ScalarShape | ListShape | MapShape | MessageShape | AnyShape

export interface ScalarShape {
  readonly kind: 'scalar'
  readonly type: 'string' | 'int64' | 'double' | 'bool'
}
export interface ListShape {
  readonly kind: 'list'
  readonly items: Shape
}
export interface MapShape {
  readonly kind: 'map'
  readonly values: Shape
}
/** Any JSON: google.protobuf.Value. */
export interface AnyShape {
  readonly kind: 'any'
}
export interface MessageShape {
  readonly kind: 'message'
  /** within its package, outer names first: `QuoteRequest.Lines` */
  readonly name: string
  readonly fields: readonly Field[]
  /** what the object may be: one, or several told apart by words or by what is there */
  readonly variants: readonly Variant[]
}
export interface Field {
  /** as in JSON: `orderId` */
  readonly json: string
  /** as in `.proto`: `order_id` */
  readonly name: string
  readonly shape: Shape
  /** absence can be told from the empty value */
  readonly optional: boolean
  /** null and absence are two things: the value is inside a message of its own */
  readonly wrapped: boolean
  readonly description: string | undefined
}
export interface Variant {
  readonly words: ReadonlyMap<string, unknown>
  /** field → what absence means */
  readonly presence: ReadonlyMap<string, 'required' | 'optional' | 'nullable' | 'either'>
}

/** JSON Schema, as far as contracts use it. */
interface Schema {
  readonly type?: string
  readonly anyOf?: readonly Schema[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly description?: string
  readonly minItems?: number
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const pascal = (name: string): string => name.replace(/(^|[_-])([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase())

/**
 * @param path message name for an object at this place
 * @param named objects that have a name of their own, by the text of their schema
 */
export function shapeOf(schema: TSchema, path: string, named: ReadonlyMap<string, string>): Shape {
  return shape(schema as Schema, path, named).shape
}

export function allowsNull(schema: TSchema): boolean {
  return variantsOf(schema as Schema).some(({ type }) => type === 'null')
}

/** Key under which a schema is found in `named`. */
export const keyOfSchema = (schema: TSchema | Schema): string => JSON.stringify(schema)

interface Read {
  readonly shape: Shape
  readonly nullable: boolean
}

function shape(schema: Schema, path: string, named: ReadonlyMap<string, string>): Read {
  const all = variantsOf(schema)
  const variants = all.filter(({ type }) => type !== 'null')
  const nullable = variants.length < all.length
  const [first] = variants
  const core = nullable && schema.anyOf?.length === 2 ? schema.anyOf.find(({ type }) => type !== 'null')! : schema
  const name = named.get(keyOfSchema(core)) ?? path
  if (variants.length > 0 && variants.every(({ properties }) => properties))
    return { shape: message(variants, name, named), nullable }
  if (variants.length === 1 && first!.type === 'array')
    return { shape: { kind: 'list', items: item(first!.items!, path, named) }, nullable }
  const [values] = Object.values(first?.patternProperties ?? {})
  if (variants.length === 1 && values) {
    const read = shape(values, `${path}.Value`, named)
    if (!read.nullable && read.shape.kind !== 'list' && read.shape.kind !== 'map')
      return { shape: { kind: 'map', values: read.shape }, nullable }
    return { shape: { kind: 'any' }, nullable }
  }
  const types = new Set(variants.map(({ type }) => type))
  const type = types.size === 1 ? SCALARS.get([...types][0] ?? '') : undefined
  return { shape: type ? { kind: 'scalar', type } : { kind: 'any' }, nullable }
}

const SCALARS = new Map<string, ScalarShape['type']>([
  ['string', 'string'],
  ['integer', 'int64'],
  ['number', 'double'],
  ['boolean', 'bool'],
])

function variantsOf(schema: Schema): readonly Schema[] {
  return schema.anyOf ? schema.anyOf.flatMap(variantsOf) : [schema]
}

function item(schema: Schema, path: string, named: ReadonlyMap<string, string>): Shape {
  const read = shape(schema, path, named)
  if (read.nullable || read.shape.kind === 'list' || read.shape.kind === 'map') return { kind: 'any' }
  return read.shape
}

function message(variants: readonly Schema[], name: string, named: ReadonlyMap<string, string>): MessageShape {
  const fields = new Map<string, Field>()
  const read = variants.map((variant): Variant => {
    const words = new Map<string, unknown>()
    const presence = new Map<string, 'required' | 'optional' | 'nullable' | 'either'>()
    for (const [json, property] of Object.entries(variant.properties!)) {
      if (property.const !== undefined) words.set(json, property.const)
      const { shape: own, nullable } = shape(property, `${name}.${pascal(json)}`, named)
      const needed = variant.required?.includes(json) === true
      presence.set(json, needed ? (nullable ? 'nullable' : 'required') : nullable ? 'either' : 'optional')
      const either = !needed && nullable
      if (own.kind === 'list' && nullable && (property.anyOf?.find(({ type }) => type === 'array')?.minItems ?? 0) < 1)
        throw new Error(`${name}.${json}: an empty list cannot be told from null; give it minItems: 1`)
      const field: Field = {
        json,
        name: snake(json),
        shape: either ? maybe(own, `${name}.Maybe${pascal(json)}`) : own,
        optional: own.kind === 'scalar' && !either && (variants.length > 1 || !needed || nullable),
        wrapped: either,
        description: property.description,
      }
      const known = fields.get(json)
      if (known && JSON.stringify(known.shape) !== JSON.stringify(field.shape))
        throw new Error(`${name}.${json}: the variants do not agree about its type`)
      fields.set(json, field)
    }
    return { words, presence }
  })
  return { kind: 'message', name, fields: [...fields.values()], variants: read }
}

/** Neither absent nor null nor a value: three things to tell apart. */
function maybe(own: Shape, name: string): MessageShape {
  const optional = own.kind === 'scalar'
  const field: Field = { json: 'value', name: 'value', shape: own, optional, wrapped: false, description: undefined }
  return {
    kind: 'message',
    name,
    fields: [field],
    variants: [{ words: new Map(), presence: new Map([['value', 'nullable']]) }],
  }
}
