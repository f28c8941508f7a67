import { branches, mapOf, type Schema } from './schema.ts'

/** A value that breaks exactly one rule of its schema. */
export interface Violation {
  readonly rule: string
  readonly value: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every way to break one rule of a fitting value, at every place where it can be broken. */
export function violationsOf(schema: Schema, value: unknown, path = ''): Violation[] {
  const union = branches(schema)
  // Which branch a value belongs to is not known here; something of no known type fits none of them.
  if (union.length > 1) return acceptsAnything(schema) ? [] : [{ rule: `${path || '/'} none of the forms`, value: noneOf(union) }]
  return [...own(schema, value, path || '/'), ...inside(schema, value, path)]
}

const acceptsAnything = (schema: Schema): boolean =>
  branches(schema).some((one) => one.type === undefined && one.const === undefined && one.enum === undefined && !one.properties)

/** A value of a type that no branch has. */
function noneOf(union: readonly Schema[]): unknown {
  const types = new Set(union.flatMap((one) => one.type ?? (one.const === undefined ? 'object' : typeof one.const)))
  if (!types.has('boolean')) return true
  if (!types.has('array')) return []
  return types.has('string') ? 1.5 : 'none'
}

function own(schema: Schema, value: unknown, at: string): Violation[] {
  const found: Violation[] = []
  const add = (rule: string, broken: unknown) => found.push({ rule: `${at} ${rule}`, value: broken })
  const type = Array.isArray(schema.type) ? undefined : schema.type
  if (schema.const !== undefined || schema.enum) add('not in the list', 'no-such-word')
  else if (type === 'string') {
    add('not a string', 7)
    if ((schema.minLength ?? 0) > 0) add('too short', 'a'.repeat((schema.minLength as number) - 1))
    if (schema.maxLength !== undefined && schema.maxLength < 20_000) add('too long', 'a'.repeat(schema.maxLength + 1))
    if (schema.format === 'uuid' || schema.format === 'date-time' || schema.format === 'date')
      add('not of the format', 'not-of-the-format')
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test('\n \u0007')) add('not of the pattern', '\n \u0007')
    add('a null character', `${typeof value === 'string' ? value : ''}\0`)
  } else if (type === 'integer' || type === 'number') {
    add('not a number', '7')
    add('null', null)
    if (schema.minimum !== undefined) add('too small', schema.minimum - 1)
    if (schema.maximum !== undefined) add('too large', schema.maximum + (schema.maximum > 2 ** 52 ? 2048 : 1))
    if (type === 'integer') add('a fraction', 1.5)
  } else if (type === 'boolean') add('not a boolean', 'true')
  else if (type === 'array') {
    add('not a list', {})
    const items = Array.isArray(value) ? value : []
    if ((schema.minItems ?? 0) > 0) add('too few', [])
    if (schema.maxItems !== undefined && schema.maxItems <= 200 && items.length > 0)
      add(
        'too many',
        Array.from({ length: schema.maxItems + 1 }, () => items[0]),
      )
  } else if (type === 'object') {
    add('not an object', [])
    if (isObject(value)) {
      for (const name of schema.required ?? []) {
        const { [name]: _gone, ...rest } = value
        add(`without ${name}`, rest)
      }
      if (schema.additionalProperties === false && !schema.patternProperties)
        for (const name of ['no-such-field', 'role', 'constructor', 'isAdmin']) {
          if (!Object.hasOwn(schema.properties ?? {}, name)) add(`unknown field ${name}`, { ...value, [name]: 'ADMIN' })
        }
    }
  }
  return found
}

function inside(schema: Schema, value: unknown, path: string): Violation[] {
  if (Array.isArray(value) && schema.items) {
    const [first, ...rest] = value
    if (value.length === 0) return []
    return violationsOf(schema.items, first, `${path}/0`).map(({ rule, value: broken }) => ({ rule, value: [broken, ...rest] }))
  }
  if (!isObject(value)) return []
  const map = mapOf(schema)
  return Object.entries(value).flatMap(([name, child]) => {
    const one = schema.properties?.[name] ?? map?.value
    return one
      ? violationsOf(one, child, `${path}/${name}`).map(({ rule, value: broken }) => ({
          rule,
          value: { ...value, [name]: broken },
        }))
      : []
  })
}
