import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { TSchema } from 'typebox'
import { errors } from './errors.ts'
import type { FieldError } from '#kit/core/errors.ts'

export type Part = 'body' | 'query' | 'params'

const strict = {
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  allErrors: false, // one wrong field stops: a body of 30,000 wrong ones must not cost 30,000 messages
  removeAdditional: false,
  useDefaults: true,
  ownProperties: true,
} as const

function ajv(coerceTypes: boolean | 'array'): Ajv {
  const instance = new Ajv({ ...strict, coerceTypes })
  const add = formats as unknown as typeof formats.default
  add(instance)
  instance.addFormat('date-time', isInstant)
  return instance
}

const INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:0\d|1[0-5]):[0-5]\d)$/

/** An RFC 3339 instant that PostgreSQL takes as well: no year 0, no leap second, no zone 16 hours or more away. */
const isInstant = (text: string): boolean => INSTANT.test(text) && !Number.isNaN(Date.parse(text))

// Made on first use: compiling costs milliseconds a schema, and a process that never sees a route need not pay for it.
const instances: Partial<Record<Part, Ajv>> = {}
function instanceFor(part: Part): Ajv {
  instances[part] ??= ajv(part === 'body' ? false : part === 'query' ? 'array' : true)
  return instances[part]
}

/** Checks and fills in defaults (in place); throws `http/invalid-input` with pointers. */
export type Validate = (value: unknown) => void

/** A validator compiled at its first use. */
export function validator(schema: TSchema, part: Part): Validate {
  let check: ValidateFunction | undefined
  return (value) => {
    check ??= instanceFor(part).compile(schema)
    if (!check(value)) throw errors.invalidInput({}, { fields: fieldErrors(check.errors ?? [], part, value) })
  }
}

/** ajv's findings as pointers and sentences a form can show beside the field. */
export function fieldErrors(found: readonly ErrorObject[], part: Part, value: unknown): FieldError[] {
  if (value === undefined && part === 'body') return [{ pointer: '', message: 'a JSON body is required' }]
  const union = found.find((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')
  if (union) {
    const branches = found.filter((error) => error !== union)
    if (branches.length > 0 && branches.every((error) => error.keyword === 'const')) {
      const allowed = branches.map((error) => JSON.stringify(error.params['allowedValue'])).join(', ')
      return [{ pointer: place(union.instancePath, part), message: `must be one of ${allowed}` }]
    }
    // The deepest finding belongs to the branch that was meant.
    const deepest = branches.toSorted((a, b) => b.instancePath.length - a.instancePath.length)[0] ?? union
    return [describe(deepest.instancePath.length > union.instancePath.length ? deepest : union, part)]
  }
  return found.slice(0, 20).map((error) => describe(error, part))
}

function place(path: string, part: Part): string {
  if (part === 'body') return path
  const name = path.slice(1)
  return part === 'query' ? `?${name}` : `{${name}}`
}

const pointerPart = (name: unknown): string => String(name).replaceAll('~', '~0').replaceAll('/', '~1')

function describe(error: ErrorObject, part: Part): FieldError {
  const { params, instancePath } = error
  const here = place(instancePath, part)
  switch (error.keyword) {
    case 'required':
      return { pointer: place(`${instancePath}/${pointerPart(params['missingProperty'])}`, part), message: 'is required' }
    case 'additionalProperties':
      return {
        pointer: place(`${instancePath}/${pointerPart(params['additionalProperty'])}`, part),
        message: 'is not a known field',
      }
    case 'type':
      return { pointer: here, message: `must be ${article(String(params['type']))}` }
    case 'format':
      return { pointer: here, message: `must be a valid ${String(params['format'])}` }
    case 'enum':
      return {
        pointer: here,
        message: `must be one of ${(params['allowedValues'] as unknown[]).map((item) => JSON.stringify(item)).join(', ')}`,
      }
    case 'const':
      return { pointer: here, message: `must be ${JSON.stringify(params['allowedValue'])}` }
    case 'pattern':
      return { pointer: here, message: 'does not have the expected form' }
    case 'anyOf':
    case 'oneOf':
      return { pointer: here, message: 'has none of the forms that are allowed here' }
    default:
      return { pointer: here, message: error.message ?? 'is not valid' }
  }
}

const article = (type: string): string =>
  type
    .split(',')
    .map((word) => `${/^[aeio]/.test(word) ? 'an' : 'a'} ${word}`)
    .join(' or ')

type Json = Record<string, unknown>
const CHILD_LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const

/**
 * Paths of object schemas that would let unknown fields through. Input schemas must have none: an open schema is how
 * `role: "admin"` slips in. A map says what its values are (`additionalProperties` as a schema), or what its keys look like
 * (`patternProperties`) and that there are no others: use `mapOf`.
 */
export function openObjects(schema: unknown, path = ''): string[] {
  if (schema === null || typeof schema !== 'object') return []
  const node = schema as Json
  const found: string[] = []
  const isObject = node['type'] === 'object' || node['properties'] !== undefined
  const isMap = typeof node['additionalProperties'] === 'object'
  if (isObject && !isMap && node['additionalProperties'] !== false) found.push(path || '/')
  for (const [name, child] of Object.entries((node['properties'] as Json | undefined) ?? {}))
    found.push(...openObjects(child, `${path}/${name}`))
  for (const [name, child] of Object.entries((node['patternProperties'] as Json | undefined) ?? {}))
    found.push(...openObjects(child, `${path}/${name}`))
  for (const list of CHILD_LISTS)
    for (const child of (node[list] as unknown[] | undefined) ?? []) found.push(...openObjects(child, path))
  if (typeof node['items'] === 'object') found.push(...openObjects(node['items'], `${path}/items`))
  if (typeof node['additionalProperties'] === 'object') found.push(...openObjects(node['additionalProperties'], `${path}/*`))
  return found
}
