import { CartUpdated } from '#contracts/events/cart.ts'
import type { Sql } from '#kit/db/db.ts'
import type { CartDeps } from '../deps.ts'

const MOST_SKUS = 20
const CARTS_A_BATCH = 500
/** Changes looked through at once for those that concern no cart. */
const SKUS_A_LOOK = 2000

interface Change {
  sku: string
  reason: string
  changed_at: string
  told_up_to: string | null
}

/** Marks the carts that hold a SKU whose price changed or which ran out or came back. Returns how many were marked. */
export async function tellCarts({ db, kit }: CartDeps, signal?: AbortSignal): Promise<number> {
  await forgetWhatLiesInNoCart(db.sql)
  const changes = await db.sql<Change[]>`
    select s.sku, s.reason, s.changed_at::text as changed_at, s.told_up_to from sku_changes s order by s.changed_at limit ${MOST_SKUS}`
  let marked = 0
  for (const change of changes) {
    if (signal?.aborted) break
    marked += await db.tx(async (tx) => {
      const carts = await tx<{ cart_id: string; channel: string; user_id: string | null; marked: boolean }[]>`
        select * from mark_carts(${change.sku}, ${change.told_up_to}::uuid, ${CARTS_A_BATCH})`
      const fresh = carts.filter((cart) => cart.marked)
      await kit.outbox.append(
        tx,
        fresh.map((cart) =>
          CartUpdated({ cartId: cart.cart_id, channel: cart.channel, userId: cart.user_id, reason: `${change.reason}-changed` }),
        ),
      )
      // a change that came meanwhile has another time and starts over
      if (carts.length < CARTS_A_BATCH)
        await tx`delete from sku_changes s where s.sku = ${change.sku} and s.changed_at = ${change.changed_at}::text::timestamptz`
      else
        await tx`update sku_changes s set told_up_to = ${carts.at(-1)!.cart_id} where s.sku = ${change.sku} and s.changed_at = ${change.changed_at}::text::timestamptz`
      return fresh.length
    })
  }
  return marked
}

/**
 * Most of what changes lies in nobody's cart. That is one statement for all of it: one for each SKU was two commits a SKU, and a list of ten
 * thousand new prices kept later changes waiting for eight minutes. A cart into which the SKU is laid meanwhile gets the new price anyway.
 */
async function forgetWhatLiesInNoCart(sql: Sql): Promise<void> {
  await sql`
    delete from sku_changes s using (select c.sku, c.changed_at from sku_changes c order by c.changed_at limit ${SKUS_A_LOOK}) oldest
     where s.sku = oldest.sku and s.changed_at = oldest.changed_at
       and not exists (
         select from cart_lines l join carts c on c.id = l.cart_id
          where l.sku = s.sku and c.state = 'active' and c.touched_at > now() - interval '1 day')`
}
