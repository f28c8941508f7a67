import type { EventDefinition } from './event.ts'

export type JsonSchema = { readonly [keyword: string]: unknown }

/** The published form of an event's schema: JSON Schema 2020-12 of its data, with what a consumer needs to find it. */
export function eventJsonSchema(definition: EventDefinition): JsonSchema {
  const data = plain(definition.schema) as JsonSchema
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:souk:event:${definition.type}`,
    title: definition.type,
    description: definition.summary,
    'x-topic': definition.topic,
    'x-ordering-key': definition.key,
    ...data,
  }
}

/** The same schema for readers: what a newer producer adds is let through. */
export function readerSchema<S extends object>(schema: S): S {
  return open(plain(schema)) as S
}

/** TypeBox keeps its own marks beside the JSON Schema keywords. */
function plain(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema))
}

function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([keyword, content]) => !(keyword === 'additionalProperties' && content === false))
  return Object.fromEntries(entries.map(([keyword, content]) => [keyword, open(content)]))
}

export interface SchemaChange {
  /** JSON pointer into the data: `/lines/items/sku` */
  readonly pointer: string
  readonly breaking: boolean
  readonly message: string
}

/** Words that tell readers something and validate nothing. */
const ANNOTATIONS = new Set(['$schema', '$id', '$comment', 'title', 'description', 'examples', 'default', 'deprecated'])

/**
 * What changed between two schemas of one event type. Events of one type are read by older and newer code, and replayed, so
 * both directions count: the only harmless change is a new optional field. Anything else belongs into a new version.
 */
export function compareSchemas(before: JsonSchema, after: JsonSchema): SchemaChange[] {
  return compare(before, after, '')
}

export function isBreaking(changes: readonly SchemaChange[]): boolean {
  return changes.some((change) => change.breaking)
}

function compare(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const changes: SchemaChange[] = []
  const note = (breaking: boolean, message: string, at = pointer || '/') => changes.push({ pointer: at, breaking, message })
  for (const keyword of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (ANNOTATIONS.has(keyword) || keyword === 'required' || keyword === 'additionalProperties') continue
    const [was, is] = [before[keyword], after[keyword]]
    if (keyword === 'properties') changes.push(...compareProperties(before, after, pointer))
    else if (keyword === 'items' && isSchema(was) && isSchema(is)) changes.push(...compare(was, is, `${pointer}/items`))
    else if (JSON.stringify(plainSchema(was)) !== JSON.stringify(plainSchema(is))) {
      note(true, `${keyword} changed from ${JSON.stringify(was) ?? 'nothing'} to ${JSON.stringify(is) ?? 'nothing'}`)
    }
  }
  return changes
}

function compareProperties(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const [was, is] = [propertiesOf(before), propertiesOf(after)]
  const [needed, needs] = [new Set(before.required as string[]), new Set(after.required as string[])]
  const changes: SchemaChange[] = []
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const at = `${pointer}/${name}`
    const [old, now] = [was[name], is[name]]
    if (!now) changes.push({ pointer: at, breaking: true, message: 'the field was removed or renamed' })
    else if (!old) {
      const required = needs.has(name)
      changes.push({
        pointer: at,
        breaking: required,
        message: required ? 'a required field was added: older events lack it' : 'an optional field was added',
      })
    } else {
      if (!needed.has(name) && needs.has(name))
        changes.push({ pointer: at, breaking: true, message: 'the field is now required: older events may lack it' })
      if (needed.has(name) && !needs.has(name))
        changes.push({ pointer: at, breaking: true, message: 'the field is now optional: older readers rely on it' })
      changes.push(...compare(old, now, at))
    }
  }
  return changes
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Without annotations and in a stable order, so that only meaning is compared. */
function plainSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainSchema)
  if (!isSchema(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([keyword]) => !ANNOTATIONS.has(keyword))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([keyword, content]) => [keyword, plainSchema(content)]),
  )
}
