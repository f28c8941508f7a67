import { CartAbandoned } from '#contracts/events/cart.ts'
import type { CartDeps } from '../deps.ts'

const BATCH = 500

/** Deletes carts that are over their time by the clock of the database: guests' after 24 hours, users' after 30 days. */
export async function deleteOldCarts({ db }: CartDeps, signal?: AbortSignal): Promise<number> {
  let deleted = 0
  for (const whose of [
    db.sql`c.user_id is null and c.touched_at < now() - interval '24 hours'`,
    db.sql`c.user_id is not null and c.touched_at < now() - interval '30 days'`,
  ]) {
    while (!signal?.aborted) {
      const rows = await db.sql`
        delete from carts d where d.id in (select c.id from carts c where ${whose} order by c.touched_at limit ${BATCH} for update skip locked)`
      deleted += rows.count
      if (rows.count < BATCH) break
    }
  }
  return deleted
}

/** Tells once of every filled cart that nobody touched for a while. Looks back one day, so an outage of a day loses none. */
export async function noticeAbandoned({ db, kit }: CartDeps, signal?: AbortSignal): Promise<number> {
  const minutes = kit.settings.abandonedAfterMinutes
  let noticed = 0
  while (!signal?.aborted) {
    const batch = await db.tx(async (tx) => {
      const idle = tx`
        c.state = 'active' and c.line_count > 0 and c.abandoned_at is null
        and c.touched_at < now() - make_interval(mins => ${minutes}) and c.touched_at > now() - make_interval(mins => ${minutes}) - interval '1 day'`
      const carts = await tx<{ id: string; channel: string; user_id: string | null; line_count: number }[]>`
        with guests as (
          select c.id from carts c where c.user_id is null and ${idle} limit ${BATCH} for update skip locked
        ), users as (
          select c.id from carts c where c.user_id is not null and ${idle} limit ${BATCH} for update skip locked
        )
        update carts a set abandoned_at = now()
         where a.id in (select g.id from guests g union all select u.id from users u)
        returning a.id, a.channel, a.user_id, a.line_count`
      await kit.outbox.append(
        tx,
        carts.map((cart) =>
          CartAbandoned({ cartId: cart.id, channel: cart.channel, userId: cart.user_id, lines: cart.line_count }),
        ),
      )
      return carts.length
    })
    noticed += batch
    if (batch < BATCH) break
  }
  return noticed
}
