import { ItemAddedToCart } from '#contracts/events/cart.ts'
import { newSecret, uuidv7 } from '#kit/core/ids.ts'
import type { CartDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { LineWriter, LineWritten } from '../line-writer.ts'
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
}

export interface LineChanged {
  cartId: string
  version: number
  sku: string
  /** units of the SKU now in the cart */
  quantity: number
  /** secret of a guest's new cart; shown once */
  token: string | null
}

/**
 * Puts units of a SKU into the owner's cart and makes the cart where there is none: one statement writes line, version and event, for many
 * shoppers at once where they come together (`deps.writeLine`) or in a transaction of the caller (`lineWriterIn(tx)`).
 * What the SKU is and how much of it there is comes from a short memory; before anybody is refused, it is asked again.
 */
export async function putLine(deps: CartDeps, writer: LineWriter, input: PutLine): Promise<LineChanged> {
  let facts = await deps.facts.get(input.channel, input.sku)
  let fresh = false
  for (;;) {
    const put: Put =
      facts.productId === null ? { row: undefined, token: null } : await write(deps, writer, input, facts, facts.productId)
    const refused = put.row === undefined || put.row.outcome === 'out-of-stock'
    if (refused && !fresh) {
      facts = await deps.facts.get(input.channel, input.sku, { fresh: true })
      fresh = true
      continue
    }
    if (!put.row) throw errors.notForSale({ sku: input.sku, channel: input.channel })
    check(put.row, input, facts)
    const { cart_id: cartId, version, quantity } = put.row
    return { cartId, version, sku: input.sku, quantity, token: put.token }
  }
}

interface Put {
  readonly row: LineWritten | undefined
  readonly token: string | null
}

async function write(deps: CartDeps, writer: LineWriter, input: PutLine, facts: SkuFacts, productId: string): Promise<Put> {
  const { owner, channel, locale, sku } = input
  const newId = input.mode === 'change' ? null : uuidv7()
  const secret = owner.userId === null && newId !== null ? newSecret() : null
  const event = ItemAddedToCart({ cartId: newId ?? '', channel, userId: owner.userId, sku, productId, quantity: input.quantity })
  const row = await writer({
    user: owner.userId,
    secret: owner.secretHash?.toString('hex') ?? null,
    channel,
    locale,
    newId,
    newSecret: secret && hashSecret(secret).toString('hex'),
    sku,
    product: productId,
    units: input.quantity,
    mode: input.mode,
    available: facts.available,
    expected: input.expectedVersion ?? null,
    event: deps.kit.outbox.encode([event]),
  })
  return { row, token: row.cart_id === newId ? secret : null }
}

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
