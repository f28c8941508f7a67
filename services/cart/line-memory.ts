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

export interface LineMemory {
  get(owner: string): KnownLines | undefined
  set(owner: string, known: KnownLines): void
}

/** About 8 MB. */
const MOST_LINES = 40_000

/** Lines of carts that are looked at again and again, so that two hundred of them are not read and parsed each time. The oldest go first. */
export function createLineMemory(most = MOST_LINES): LineMemory {
  const carts = new Map<string, KnownLines>()
  let lines = 0
  const forget = (owner: string): void => {
    lines -= (carts.get(owner)?.lines.length ?? -1) + 1
    carts.delete(owner)
  }
  return {
    get: (owner) => carts.get(owner),
    set(owner, known) {
      forget(owner)
      carts.set(owner, known)
      // a cart without lines takes room as well
      lines += known.lines.length + 1
      for (const oldest of carts.keys()) {
        if (lines <= most) break
        forget(oldest)
      }
    },
  }
}
