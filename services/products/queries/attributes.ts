import type { AttributeDefinition, AttributeEntity } from '../attribute.ts'
import type { Titles } from '../product.ts'
import type { Query } from '#kit/db/db.ts'

export interface StoredDefinition extends AttributeDefinition {
  readonly id: string
  readonly choices: string[]
  readonly titles: Titles
  readonly position: number
  readonly version: number
}

/** The definitions of one kind of entity, or all, in the order they are shown. */
export async function loadAttributeDefinitions(db: Query, entity: AttributeEntity | null): Promise<StoredDefinition[]> {
  return db<StoredDefinition[]>`
    select d.id, d.entity, d.key, d.type, d.required, d.choices, d.titles, d.position, d.version
      from attribute_definitions d
     where ${entity}::text is null or d.entity = ${entity}
     order by d.entity, d.position, d.key`
}
