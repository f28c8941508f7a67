import fc, { type Arbitrary } from 'fast-check'
import { branches, mapOf, type Schema } from './schema.ts'

/** How deep optional things are filled in, and how long lists get: bodies stay small enough to read in a report. */
const DEPTH = 4
const LONGEST_LIST = 3
const LONGEST_TEXT = 40

/** Values that fit the schema, edges of its ranges included. */
export function fitting(schema: Schema, depth = DEPTH): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const union = branches(schema)
  if (union.length > 1 || union[0] !== schema) return fc.oneof(...union.map((one) => fitting(one, depth)))
  if (schema.allOf) return fitting(Object.assign({}, schema, { allOf: undefined }, ...schema.allOf) as Schema, depth)
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => fitting({ ...schema, type }, depth)))
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
      return whole(schema)
    case 'number':
      return fc.oneof(
        whole(schema),
        fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true, noDefaultInfinity: true }),
      )
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return list(schema, depth)
    case 'object':
      return object(schema, depth)
    default:
      return schema.properties ? object(schema, depth) : fc.jsonValue({ maxDepth: 2 })
  }
}

function whole({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 }: Schema): Arbitrary<number> {
  const min = minimum ?? (exclusiveMinimum === undefined ? Number.MIN_SAFE_INTEGER : exclusiveMinimum + 1)
  const max = maximum ?? (exclusiveMaximum === undefined ? Number.MAX_SAFE_INTEGER : exclusiveMaximum - 1)
  const any = fc.oneof(
    fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.max(Math.max(min, -(2 ** 31)), Math.min(max, 2 ** 31 - 1)) }),
    fc.constantFrom(Math.ceil(min), Math.floor(max)),
    fc.integer({ min: Math.max(min, 0), max: Math.max(Math.max(min, 0), Math.min(max, 5)) }),
  )
  return multipleOf === 1 ? any : any.map((value) => Math.trunc(value / multipleOf) * multipleOf)
}

const instant = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** With a bound fast-check hands each part of a pattern a share of it, which may be less than the part needs: then without. */
function matching(pattern: RegExp, maxLength: number): Arbitrary<string> {
  try {
    return fc.stringMatching(pattern, { maxLength })
  } catch {
    return fc.stringMatching(pattern)
  }
}

function text({ format, pattern, minLength = 0, maxLength = 200 }: Schema): Arbitrary<string> {
  const longest = Math.max(minLength, Math.min(maxLength, LONGEST_TEXT))
  const fits = (value: string) => [...value].length >= minLength && [...value].length <= maxLength
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') return instant
  if (format === 'date') return instant.map((value) => value.slice(0, 10))
  if (format === 'email') return fc.emailAddress().filter(fits)
  if (format === 'uri') return fc.webUrl().filter(fits)
  if (pattern !== undefined) return matching(new RegExp(pattern, 'u'), longest).filter(fits)
  return fc.oneof(
    fc.string({ minLength, maxLength: longest, unit: 'grapheme-ascii' }),
    fc.string({ minLength, maxLength: longest, unit: 'binary' }).filter((value) => fits(value) && storable(value)),
    fc.constant('a'.repeat(maxLength > 2_000 ? minLength + 10 : maxLength)),
  )
}

/** PostgreSQL keeps no null character, and lone halves of surrogates are no Unicode: both are refused by our edge. */
const storable = (value: string): boolean => !value.includes('\0') && value.isWellFormed()

function list(
  { items = {}, minItems = 0, maxItems = LONGEST_LIST, uniqueItems = false }: Schema,
  depth: number,
): Arbitrary<unknown> {
  const size = { minLength: minItems, maxLength: Math.max(minItems, depth <= 0 ? 0 : Math.min(maxItems, LONGEST_LIST)) }
  const one = fitting(items, depth - 1)
  return uniqueItems
    ? fc.uniqueArray(one, { ...size, comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b) })
    : fc.array(one, size)
}

function object(schema: Schema, depth: number): Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {})
  const required = new Set(schema.required)
  const shown = properties.filter(([name]) => required.has(name) || depth > 0)
  const record = fc.record(Object.fromEntries(shown.map(([name, one]) => [name, fitting(one, depth - 1)])), {
    requiredKeys: shown.filter(([name]) => required.has(name)).map(([name]) => name),
  })
  const map = mapOf(schema)
  if (!map || (depth <= 0 && !schema.minProperties)) return record
  const key =
    map.key === undefined
      ? fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' })
      : text({ pattern: map.key, maxLength: 20 })
  const entries = fc.dictionary(
    key.filter((name) => name !== '__proto__' && name !== 'constructor'),
    fitting(map.value, depth - 1),
    { minKeys: schema.minProperties ?? 0, maxKeys: Math.max(schema.minProperties ?? 0, 2), noNullPrototype: true },
  )
  return fc.tuple(record, entries).map(([fixed, free]) => ({ ...free, ...fixed }))
}
