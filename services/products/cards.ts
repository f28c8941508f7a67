import type postgres from 'postgres'
import { ProductUpdated } from '#contracts/events/products.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { ProductsDeps } from './deps.ts'
import { refreshCards } from './store.ts'
import type { Query } from '#kit/db/db.ts'

/** Up to this many products are refreshed with the change itself; more of them a moment later by the job. */
const AT_ONCE = 200

/** Brings the cards of every product `p` that fits the condition up to date: at once if they are few, else soon. The job tells it to others. */
export async function refreshCardsWhere(tx: Query, condition: postgres.PendingQuery<postgres.Row[]>): Promise<void> {
  const few = await tx<{ id: string }[]>`select p.id from products p where ${condition} limit ${AT_ONCE + 1}`
  if (few.length <= AT_ONCE) {
    await refreshCards(
      tx,
      few.map(({ id }) => id),
    )
  }
  await tx`
    insert into stale_cards (product_id, tell) select p.id, true from products p where ${condition} order by p.id
        on conflict (product_id) do update set tell = true`
}

/** The same for products already known; imports touch the same ones again and again, so many of them wait for the job. */
export async function refreshCardsOf(tx: Query, ids: readonly string[]): Promise<void> {
  if (ids.length <= AT_ONCE) await refreshCards(tx, ids)
  else
    await tx`insert into stale_cards (product_id) select i from unnest(${ids as string[]}::uuid[]) i order by i on conflict do nothing`
}

/** Draws those of these products' cards that nobody drew yet; they are new, so nobody is told. */
export async function drawStale({ db }: Pick<ProductsDeps, 'db'>, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE)
    await db.tx(async (tx) => {
      const due = await tx<{ product_id: string }[]>`
        delete from stale_cards s
         where s.product_id in (select q.product_id from stale_cards q where q.product_id = any (${ids.slice(from, from + AT_ONCE)}::uuid[]) and not q.tell
                                 order by q.product_id for update skip locked)
        returning s.product_id`
      await refreshCards(
        tx,
        due.map(({ product_id }) => product_id),
      )
    })
}

/** Works off the queue of stale cards in small transactions. */
export async function refreshStaleCards({ db, kit }: ProductsDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const done = await db.tx(async (tx) => {
      const due = await tx<{ product_id: string; tell: boolean }[]>`
        delete from stale_cards s
         where s.product_id in (select q.product_id from stale_cards q order by q.queued_at, q.product_id limit ${AT_ONCE} for update skip locked)
        returning s.product_id, s.tell`
      await refreshCards(
        tx,
        due.map((row) => row.product_id),
      )
      await kit.outbox.append(
        tx,
        await newListings(
          tx,
          due.filter(({ tell }) => tell).map(({ product_id }) => product_id),
        ),
      )
      return due.length
    })
    if (done < AT_ONCE) return
  }
}

async function newListings(tx: Query, ids: readonly string[]): Promise<NewEvent[]> {
  if (ids.length === 0) return []
  const rows = await tx<{ id: string; slug: string; status: 'DRAFT' | 'ACTIVE' | 'ARCHIVED'; version: number; skus: string[] }[]>`
    select p.id, p.slug, p.status, p.version, array(select v.sku from variants v where v.product_id = p.id and not v.retired order by v.sku) as skus
      from products p where p.id = any (${ids as string[]}::uuid[]) order by p.id`
  return rows.map(({ id, ...rest }) => ProductUpdated({ productId: id, ...rest, changed: ['listing'] }))
}
