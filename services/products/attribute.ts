import type { AttributeDefinition as Definition } from '#kit/core/attributes.ts'

export type AttributeEntity = 'product' | 'variant' | 'customer' | 'order'

/** A field an operator added to an entity. */
export interface AttributeDefinition extends Definition {
  readonly entity: AttributeEntity
}
