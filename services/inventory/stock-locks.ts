import type { Query } from '#kit/db/db.ts'
import type { Memory } from '#kit/memory/memory.ts'
import { errors } from './errors.ts'

/** Corrections of more SKUs than this are imports: they go on without locks. */
const MOST_LOCKS = 100
/** Short: a transaction waits meanwhile. */
const WAIT_MS = 250

/**
 * Corrections of the same SKU take turns (`lock:inv:<sku>` in Redis), so that they do not pile up on its row. The lock decides
 * nothing: without one, or without Redis, the correction goes on, and the row decides as always. A holder that was overtaken while it
 * believed to hold the lock is refused by the fence.
 */
export async function inTurn<T>(memory: Memory, tx: Query, skus: readonly string[], correct: () => Promise<T>): Promise<T> {
  // the memory of one process says nothing about others
  if (memory.driver !== 'redis' || skus.length === 0 || skus.length > MOST_LOCKS) return await correct()
  const held = await memory.locks.take(
    skus.map((sku) => `inv:${sku}`),
    { waitMs: WAIT_MS },
  )
  if (!held) return await correct()
  try {
    await standBefore(tx, skus, held.fence)
    return await correct()
  } finally {
    await held.release()
  }
}

/** Writes the fence where no later one stands; `inventory/overtaken` where one does. In the transaction of the correction. */
export async function standBefore(tx: Query, skus: readonly string[], fence: number): Promise<void> {
  const overtaken = await tx<{ sku: string }[]>`
    with wanted as (
      select i.sku from items i where i.sku = any (${[...skus]}::text[]) order by i.sku for update
    ), fenced as (
      update items i set fence = ${fence} from wanted w where i.sku = w.sku and i.fence < ${fence} returning i.sku
    )
    select w.sku from wanted w where not exists (select from fenced f where f.sku = w.sku)`
  if (overtaken.length > 0) throw errors.overtaken({ sku: overtaken[0]!.sku })
}
