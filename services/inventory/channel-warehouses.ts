import type { productsRpc } from '#contracts/rpc/products.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'

/** Channels change seldom, and a reservation must not wait for another service each time. */
const FRESH_MS = 30_000

/** Warehouses that serve a channel, first choice first; `null`: all of them in their own order. */
export type WarehousesOf = (channel: string) => Promise<string[] | null>

/**
 * Asks products once per channel and 30 s. When products does not answer, the last answer stays good: a shop does not stop selling
 * because a list could not be refreshed.
 */
export function createWarehousesOf(
  products: Pick<RpcClient<typeof productsRpc>, 'channel'>,
  now: () => number = Date.now,
): WarehousesOf {
  const known = new Map<string, { warehouses: string[] | null; until: number }>()
  const asking = new Map<string, Promise<string[] | null>>()

  const ask = async (key: string): Promise<string[] | null> => {
    try {
      const channel = await products.channel({ key })
      const warehouses = channel && channel.warehouses.length > 0 ? channel.warehouses : null
      known.set(key, { warehouses, until: now() + FRESH_MS })
      return warehouses
    } catch (error) {
      const last = known.get(key)
      if (!last) throw error
      known.set(key, { ...last, until: now() + FRESH_MS / 10 })
      return last.warehouses
    } finally {
      asking.delete(key)
    }
  }

  return async (key) => {
    const entry = known.get(key)
    if (entry && entry.until > now()) return entry.warehouses
    const pending = asking.get(key) ?? withoutDeadline(() => ask(key))
    asking.set(key, pending)
    return await pending
  }
}
