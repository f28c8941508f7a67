import { ReservationExpired } from '#contracts/events/inventory.ts'
import type { InventoryDeps } from '../deps.ts'

const BATCH = 200

/** Puts the stock of holds that ran out of time back on sale, by the clock of the database. Returns how many ended. */
export async function expireHolds({ db, kit }: InventoryDeps, signal?: AbortSignal): Promise<number> {
  let ended = 0
  while (!signal?.aborted) {
    const batch = await db.tx(async (tx) => {
      const rows = await tx<{ order_id: string }[]>`select expire_holds(${BATCH}) as order_id`
      await kit.outbox.append(
        tx,
        rows.map((row) => ReservationExpired({ orderId: row.order_id })),
      )
      return rows.length
    })
    ended += batch
    if (batch < BATCH) break
  }
  return ended
}
