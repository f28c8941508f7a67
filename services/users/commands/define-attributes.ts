import type { AttributeDefinition } from '../attributes.ts'
import { errors } from '../errors.ts'
import type { Tx } from '#kit/db/db.ts'

/** Adds an attribute to all customers, or changes it. Values that are there stay; they are checked when they next change. */
export async function putAttribute(tx: Tx, definition: AttributeDefinition): Promise<AttributeDefinition> {
  const { key, label, type, choices, customerEditable } = definition
  if ((type === 'choice') !== choices.length > 0)
    throw errors.invalidDefinition({}, { fields: [{ pointer: '/choices', message: 'goes with type choice, and only with it' }] })
  await tx`
    insert into attribute_definitions (attribute_key, label, type, choices, customer_editable)
    values (${key}, ${label}, ${type}, ${[...choices]}, ${customerEditable})
        on conflict (attribute_key) do update
       set label = excluded.label, type = excluded.type, choices = excluded.choices, customer_editable = excluded.customer_editable`
  return definition
}

/** Removes an attribute and its values. */
export async function removeAttribute(tx: Tx, key: string): Promise<void> {
  const gone = await tx`delete from attribute_definitions where attribute_key = ${key} returning 1`
  if (gone.length === 0) throw errors.attributeNotFound()
  await tx`update profiles set attributes = attributes - ${key}::text where attributes ? ${key}`
}
