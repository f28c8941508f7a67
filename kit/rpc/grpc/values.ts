import type { Field, MessageShape, Shape, Variant } from './shapes.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A value of a contract in proto3's JSON form. What the contract does not name is left out. */
export function toProto(shape: Shape, value: unknown): Json {
  switch (shape.kind) {
    case 'scalar':
      return value as Json
    case 'any':
      return JSON.parse(JSON.stringify(value)) as Json
    case 'list':
      return (value as unknown[]).map((item) => toProto(shape.items, item))
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, toProto(shape.values, item)]))
    case 'message': {
      const json: { [key: string]: Json } = {}
      for (const field of shape.fields) {
        const own = (value as Record<string, unknown>)[field.json]
        if (own === undefined) continue
        if (field.wrapped) json[field.json] = toProto(field.shape, { value: own })
        else if (own !== null) json[field.json] = toProto(field.shape, own)
      }
      return json
    }
  }
}

/** The value of a contract from proto3's JSON form with every implicit field written out. It is not checked. */
export function fromProto(shape: Shape, json: Json | undefined): unknown {
  switch (shape.kind) {
    case 'scalar':
      // 64-bit numbers are text in JSON; a contract's numbers are safe integers
      return shape.type === 'int64' && json !== undefined ? Number(json) : json
    case 'any':
      return json
    case 'list':
      return ((json ?? []) as Json[]).map((item) => fromProto(shape.items, item))
    case 'map':
      return Object.fromEntries(Object.entries(json ?? {}).map(([key, item]) => [key, fromProto(shape.values, item as Json)]))
    case 'message':
      return objectOf(shape, (json ?? {}) as { [key: string]: Json })
  }
}

function objectOf(shape: MessageShape, json: { [key: string]: Json }): unknown {
  const variant = shape.variants.find((candidate) => fits(shape, candidate, json)) ?? shape.variants[0]!
  const value: Record<string, unknown> = {}
  for (const field of shape.fields) {
    const presence = variant.presence.get(field.json)
    if (presence === undefined) continue
    const own = json[field.json]
    const absent = own === undefined || (presence !== 'required' && isEmpty(field, own))
    if (absent && presence === 'nullable') value[field.json] = null
    else if (absent && presence !== 'required') continue
    else if (absent && field.shape.kind !== 'list' && field.shape.kind !== 'map') continue
    else if (field.wrapped) value[field.json] = (fromProto(field.shape, own) as { value: unknown }).value
    else value[field.json] = fromProto(field.shape, own)
  }
  return value
}

const isEmpty = ({ shape }: Field, json: Json): boolean =>
  (shape.kind === 'list' && (json as Json[]).length === 0) || (shape.kind === 'map' && Object.keys(json as object).length === 0)

function fits(shape: MessageShape, variant: Variant, json: { [key: string]: Json }): boolean {
  if (shape.variants.length === 1) return true
  for (const [name, word] of variant.words) if (json[name] !== word) return false
  return shape.fields.every(({ json: name }) => variant.presence.get(name) !== 'required' || json[name] !== undefined)
}
