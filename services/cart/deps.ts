import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { ordersRpc } from '#contracts/rpc/orders.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import type { Db } from '#kit/db/db.ts'
import type { Values } from '#kit/memory/memory.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import { createLineMemory, type KnownLines, type LineMemory } from './line-memory.ts'
import { type LineWriter, lineWriter } from './line-writer.ts'
import type { CartSettings } from './settings.ts'
import { createShownCarts, type ShownCarts } from './shown-carts.ts'
import { createShownStock, type ShownStock } from './shown-stock.ts'
import { createSkuFacts, type SkuFactsReader } from './sku-facts.ts'

export interface CartDeps {
  readonly kit: ServiceKit<CartSettings>
  readonly db: Db
  readonly products: RpcClient<typeof productsRpc>
  readonly inventory: RpcClient<typeof inventoryRpc>
  readonly orders: RpcClient<typeof ordersRpc>
  readonly facts: SkuFactsReader
  /** lines of carts that were shown lately */
  readonly lines: LineMemory
  /** the same, of all processes; undefined where they have no memory together */
  readonly sharedLines: Values<KnownLines> | undefined
  /** stock for showing, half a second old at most */
  readonly stock: ShownStock
  /** answers that were sent lately */
  readonly shown: ShownCarts
  /** one line at a time; concurrent callers share statements */
  readonly writeLine: LineWriter
}

export function createCart(kit: ServiceKit<CartSettings>): CartDeps {
  const products = kit.rpc(productsRpc)
  const inventory = kit.rpc(inventoryRpc)
  const { stockMemorySeconds, priceMemorySeconds } = kit.settings
  return {
    kit,
    db: kit.db,
    products,
    inventory,
    orders: kit.rpc(ordersRpc),
    writeLine: lineWriter(kit.db),
    lines: createLineMemory(),
    sharedLines: kit.memory.driver === 'redis' ? kit.memory.values('system', 'cart') : undefined,
    stock: createShownStock({ inventory, memoryMs: stockMemorySeconds * 1000 }),
    shown: createShownCarts(),
    facts: createSkuFacts({
      products,
      inventory,
      stockMemoryMs: stockMemorySeconds * 1000,
      priceMemoryMs: priceMemorySeconds * 1000,
    }),
  }
}
