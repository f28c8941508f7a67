import type { inventoryRpc } from '#contracts/rpc/inventory.ts'
import type { productsRpc } from '#contracts/rpc/products.ts'
import { grouped } from '#kit/db/grouped.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'

/** What has to be known before a SKU goes into a cart. Prices are not part of it: they are asked live whenever a cart is shown. */
export interface SkuFacts {
  readonly sku: string
  /** null: not on sale in this channel */
  readonly productId: string | null
  /** units that can be had; null: as many as wanted (back-order) */
  readonly available: number | null
}

interface Remembered<T> {
  readonly value: T
  readonly until: number
}

export interface SkuFactsOptions {
  readonly products: Pick<RpcClient<typeof productsRpc>, 'price'>
  readonly inventory: Pick<RpcClient<typeof inventoryRpc>, 'availability'>
  readonly priceMemoryMs: number
  readonly stockMemoryMs: number
  readonly now?: () => number
}

export interface SkuFactsReader {
  /** `fresh`: ask even if it is remembered (before something is refused). */
  get(channel: string, sku: string, options?: { fresh?: boolean }): Promise<SkuFacts>
  /** Something about the SKU changed: ask again next time. For whoever hears the events in this process. */
  invalidate(sku: string): void
}

const MOST_REMEMBERED = 20_000
/** A shelf as full as this is not asked about every other second: nobody empties it meanwhile, and checkout asks by itself. */
const PLENTY = 1_000

/**
 * A small memory in front of two questions to other services, for putting things into carts many times a second. Being a little
 * late is harmless: checkout prices and reserves on its own. Questions of the same moment go out as one call.
 */
export function createSkuFacts(options: SkuFactsOptions): SkuFactsReader {
  const now = options.now ?? Date.now
  const products = new Map<string, Remembered<string | null>>()
  const stock = new Map<string, Remembered<number | null>>()

  const askProducts = byChannel(async (channel, skus) => {
    const priced = await options.products.price({ channel, lines: skus.map((sku) => ({ sku, quantity: 1 })) })
    return new Map<string, string | null>(priced.lines.map((line) => [line.sku, line.productId]))
  })
  const askInventory = byChannel(async (channel, skus) => {
    const { levels } = await options.inventory.availability({ skus, channel })
    return new Map<string, number | null>(levels.map((level) => [level.sku, level.backorder ? null : level.available]))
  })

  const memoryOfStock = (units: number | null): number =>
    units === null || units >= PLENTY ? Math.max(options.stockMemoryMs, options.priceMemoryMs) : options.stockMemoryMs

  return {
    async get(channel, sku, { fresh = false } = {}) {
      const key = `${channel} ${sku}`
      const [productId, available] = await Promise.all([
        remembered(
          products,
          key,
          fresh,
          () => options.priceMemoryMs,
          now,
          async () => (await askProducts({ channel, sku })) ?? null,
        ),
        remembered(stock, key, fresh, memoryOfStock, now, async () => {
          const units = await askInventory({ channel, sku })
          return units === undefined ? 0 : units
        }),
      ])
      return { sku, productId, available }
    },
    invalidate(sku) {
      for (const memory of [products, stock]) {
        for (const key of memory.keys()) if (key.endsWith(` ${sku}`)) memory.delete(key)
      }
    },
  }
}

type Question = { readonly channel: string; readonly sku: string }

/** One call per channel for all questions of the moment. */
function byChannel<T>(
  ask: (channel: string, skus: string[]) => Promise<Map<string, T>>,
): (question: Question) => Promise<T | undefined> {
  return grouped({ maxSize: 200, maxInFlight: 2 }, async (questions: readonly Question[]) => {
    const channels = [...new Set(questions.map((question) => question.channel))]
    const answers = new Map(
      await Promise.all(
        channels.map(async (channel) => {
          const skus = [...new Set(questions.filter((question) => question.channel === channel).map((question) => question.sku))]
          return [channel, await ask(channel, skus)] as const
        }),
      ),
    )
    return questions.map((question) => answers.get(question.channel)?.get(question.sku))
  })
}

async function remembered<T>(
  memory: Map<string, Remembered<T>>,
  key: string,
  fresh: boolean,
  forMs: (value: T) => number,
  now: () => number,
  ask: () => Promise<T>,
): Promise<T> {
  const entry = memory.get(key)
  if (!fresh && entry && entry.until > now()) return entry.value
  const value = await ask()
  memory.delete(key)
  memory.set(key, { value, until: now() + forMs(value) })
  if (memory.size > MOST_REMEMBERED) {
    for (const oldest of memory.keys()) {
      memory.delete(oldest)
      break
    }
  }
  return value
}
