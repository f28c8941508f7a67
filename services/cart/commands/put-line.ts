import { ItemAddedToCart } from '#contracts/events/cart.ts'
import { newSecret, uuidv7 } from '#kit/core/ids.ts'
import type { Once } from '#kit/http/once.ts'
import type { CartDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { LineChanged, LineWritten } from '../line-writer.ts'
import { hashSecret, type Owner } from '../owner.ts'
import type { SkuFacts } from '../sku-facts.ts'

export interface PutLine {
  readonly owner: Owner
  readonly channel: string
  readonly locale: string
  readonly sku: string
  /** 1 to 9,999 */
  readonly quantity: number
  /** `add` to what is there, `set` it, `change` it only where the SKU is in the cart */
  readonly mode: 'add' | 'set' | 'change'
  readonly expectedVersion?: number | undefined
  /** the caller's Idempotency-Key */
  readonly once?: Once | undefined
}

/**
 * Puts units of a SKU into the owner's cart and makes the cart where there is none: one statement, shared with other shoppers of the same
 * moment, writes line, version, event and Idempotency-Key.
 * What the SKU is and how much of it there is comes from a short memory; before anybody is refused, it is asked again.
 */
export async function putLine(deps: CartDeps, input: PutLine): Promise<LineChanged> {
  let facts = await deps.facts.get(input.channel, input.sku)
  let fresh = false
  for (;;) {
    const put: Put = facts.productId === null ? { row: undefined, token: null } : await write(deps, input, facts, facts.productId)
    const { row } = put
    if (row) input.once?.settle(row.claim, row.told_in)
    if (row?.kept) return row.kept
    const refused = row === undefined || row.outcome === 'out-of-stock'
    if (refused && !fresh) {
      facts = await deps.facts.get(input.channel, input.sku, { fresh: true })
      fresh = true
      continue
    }
    if (!row) throw errors.notForSale({ sku: input.sku, channel: input.channel })
    check(row, input, facts)
    return { cartId: row.cart_id, version: row.version, sku: input.sku, quantity: row.quantity, token: put.token }
  }
}

interface Put {
  readonly row: LineWritten | undefined
  readonly token: string | null
}

async function write(deps: CartDeps, input: PutLine, facts: SkuFacts, productId: string): Promise<Put> {
  const { owner, channel, locale, sku } = input
  const mark = uuidv7()
  const newId = input.mode === 'change' ? null : mark
  const token = owner.userId === null && newId !== null ? newSecret() : null
  const event = ItemAddedToCart({ cartId: mark, channel, userId: owner.userId, sku, productId, quantity: -1 })
  const row = await deps.writeLine({
    user: owner.userId,
    secret: owner.secretHash && bytea(owner.secretHash),
    channel,
    locale,
    new_id: newId,
    new_secret: token && bytea(hashSecret(token)),
    sku,
    product: productId,
    units: input.quantity,
    mode: input.mode,
    available: facts.available,
    expected: input.expectedVersion ?? null,
    event: deps.kit.outbox.encode([event]).slice(1, -1),
    mark,
    token,
    once: input.once?.key ?? null,
  })
  return { row, token: row.cart_id === newId ? token : null }
}

const bytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`

function check(row: LineWritten, { sku }: PutLine, facts: SkuFacts): void {
  switch (row.outcome) {
    case 'done':
    case 'same':
      return
    case 'no-cart':
      throw errors.notFound()
    case 'no-line':
      throw errors.lineNotFound({ sku })
    case 'version-conflict':
      throw errors.versionConflict({ version: row.version })
    case 'quantity':
      throw errors.quantityTooLarge({ sku, maximum: 9999 })
    case 'too-many-lines':
      throw errors.tooManyLines({ maximum: 200 })
    case 'out-of-stock':
      throw errors.outOfStock({ sku, available: facts.available })
  }
}
