import { type BoundedMemory, boundedMemory } from './bounded-memory.ts'

export interface CartLine {
  readonly sku: string
  readonly productId: string
  readonly quantity: number
}

/** The lines of a cart as they were at a version: every change of lines counts the version up. */
export interface KnownLines {
  readonly cartId: string
  readonly version: number
  readonly lines: CartLine[]
}

/** By owner. */
export type LineMemory = BoundedMemory<KnownLines>

/** About 8 MB. */
const MOST_LINES = 40_000

/** Lines of carts that are looked at again and again, so that two hundred of them are not read and parsed each time. A cart without lines takes room as well. */
export const createLineMemory = (most = MOST_LINES): LineMemory => boundedMemory(most, ({ lines }) => lines.length + 1)
