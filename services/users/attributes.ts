import { errors } from './errors.ts'
import type { Attributes } from '#contracts/values.ts'

/** An attribute the operator added to customers. */
export interface AttributeDefinition {
  readonly key: string
  readonly label: string
  readonly type: 'text' | 'number' | 'boolean' | 'choice'
  /** allowed values of a `choice`, else empty */
  readonly choices: readonly string[]
  /** false: only staff see and change it */
  readonly customerEditable: boolean
}

const expected: Record<AttributeDefinition['type'], string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  choice: 'one of its choices',
}

function fits({ type, choices }: AttributeDefinition, value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'choice':
      return typeof value === 'string' && choices.includes(value)
  }
}

/**
 * Attributes after a change: given ones are set, `null` removes, the others stay. To a customer an attribute of staff does
 * not exist. Throws `users/invalid-attribute` with a pointer to each wrong one.
 */
export function changeAttributes(
  current: Attributes,
  change: Attributes,
  definitions: readonly AttributeDefinition[],
  by: 'customer' | 'staff',
): Attributes {
  const known = new Map(definitions.filter((one) => by === 'staff' || one.customerEditable).map((one) => [one.key, one]))
  const fields = Object.entries(change).flatMap(([key, value]) => {
    const definition = known.get(key)
    if (!definition) return [{ pointer: `/attributes/${key}`, message: 'is not a known attribute' }]
    return value === null || fits(definition, value)
      ? []
      : [{ pointer: `/attributes/${key}`, message: `must be ${expected[definition.type]}` }]
  })
  if (fields.length > 0) throw errors.invalidAttribute({}, { fields })
  return Object.fromEntries(Object.entries({ ...current, ...change }).filter(([, value]) => value !== null))
}

/** What this reader may see of them. */
export function visibleAttributes(
  attributes: Attributes,
  definitions: readonly AttributeDefinition[],
  by: 'customer' | 'staff',
): Attributes {
  if (by === 'staff') return attributes
  const hidden = new Set(definitions.filter((one) => !one.customerEditable).map((one) => one.key))
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !hidden.has(key)))
}
