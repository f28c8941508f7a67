import { branches, mapOf, type Schema } from '../fuzz/schema.ts'
import type { Operation } from '../fuzz/operations.ts'

/** A field of a body, or a parameter of a query, that says whose or which thing a request is about. */
export interface NamingField {
  /** `POST /api/orders` */
  readonly label: string
  /** `/lines/0/lineId`, `?customerId` */
  readonly place: string
}

/** Fields of the documents of these names hold ids, although their schema says no more than text. */
const SAYS_WHOSE = /^(paymentMethodId|giftCardCodes|couponCodes|code|shippingOptionId|optionId|user|owner|seller|customer)$/

/** Every place of a schema, with the schema that stands there. Lists are named by their first entry. */
export function placesOf(schema: Schema, path = ''): { place: string; schema: Schema }[] {
  const union = branches(schema)
  if (union.length > 1 || union[0] !== schema) return union.flatMap((one) => placesOf(one, path))
  const map = mapOf(schema)
  return [
    { place: path, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) => placesOf(one, `${path}/${name}`)),
    ...(map ? placesOf(map.value, `${path}/*`) : []),
    ...(schema.items ? placesOf(schema.items, `${path}/0`) : []),
  ]
}

const leafOf = (place: string): string => place.split('/').findLast((part) => part !== '0') as string

/** All such fields of the documented operations, each once. */
export function namingFields(operations: readonly Operation[]): NamingField[] {
  const found = operations.flatMap(({ label, body, parameters }) => [
    ...(body ? placesOf(body.schema) : [])
      .filter(({ place, schema }) => schema.format === 'uuid' || (schema.type === 'string' && SAYS_WHOSE.test(leafOf(place))))
      .map(({ place }) => ({ label, place })),
    ...parameters
      .filter(({ in: where, name, schema }) => where === 'query' && (schema.format === 'uuid' || SAYS_WHOSE.test(name)))
      .map(({ name }) => ({ label, place: `?${name}` })),
  ])
  return [...new Map(found.map((one) => [`${one.label} ${one.place}`, one])).values()]
}
