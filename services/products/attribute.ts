import type { AttributeDefinition as Definition } from '#kit/core/attributes.ts'

/** Attributes of customers are defined where customers are kept: some of them are for the eyes of staff only. */
export type AttributeEntity = 'product' | 'variant' | 'order'

/** A field an operator added to an entity. */
export interface AttributeDefinition extends Definition {
  readonly entity: AttributeEntity
}
