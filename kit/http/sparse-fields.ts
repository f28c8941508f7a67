import type { TSchema } from 'typebox'
import { errors } from './errors.ts'

type Json = Record<string, unknown>

/** Which fields `?fields=a,b` may name: those of the answer, or of one entry where the answer is a page with `items`. */
export interface SelectableFields {
  readonly names: ReadonlySet<string>
  readonly perItem: boolean
}

export function selectableFields(response: TSchema | undefined): SelectableFields | undefined {
  const properties = (response as Json | undefined)?.['properties'] as Json | undefined
  if (!properties) return undefined
  const items = properties['items'] as Json | undefined
  const entry = (items?.['items'] as Json | undefined)?.['properties'] as Json | undefined
  if (items?.['type'] === 'array' && entry) return { names: new Set(Object.keys(entry)), perItem: true }
  return { names: new Set(Object.keys(properties)), perItem: false }
}

/** `"id,name"` → names; throws `http/unknown-field` for one the answer does not have. */
export function parseFields(text: string, selectable: SelectableFields): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of names) {
    if (selectable.names.has(name)) continue
    throw errors.unknownField(
      {},
      { fields: [{ pointer: '?fields', message: `"${name.slice(0, 50)}" is not a field of the answer` }] },
    )
  }
  return names
}

function pick(value: unknown, names: readonly string[]): Json {
  const picked: Json = {}
  for (const name of names) {
    const field = (value as Json)[name]
    if (field !== undefined) picked[name] = field
  }
  return picked
}

/**
 * The JSON answer with only those fields. Works on the serialized text, so that nothing the response schema keeps back
 * can come out this way, at the price of parsing it again.
 */
export function selectFields(json: string, names: readonly string[], selectable: SelectableFields): string {
  if (names.length === 0) return json
  const body = JSON.parse(json) as Json
  if (!selectable.perItem) return JSON.stringify(pick(body, names))
  return JSON.stringify({ ...body, items: (body['items'] as unknown[]).map((item) => pick(item, names)) })
}
