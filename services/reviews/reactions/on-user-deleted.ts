import { ReviewWithdrawn } from '#contracts/events/reviews.ts'
import { UserDeleted } from '#contracts/events/users.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import type { Deps } from '../deps.ts'
import { tell } from '../store.ts'

/**
 * Erasure: what somebody wrote is theirs and goes with them, pictures too; so do their votes, reports and purchases. What staff
 * decide or answer names nobody. Reviews are locked first, in order, as everybody locks them before their votes and reports; then one
 * product after the other: so neither another erasure nor staff who decide wait for this one while it waits for them.
 */
export const onUserDeleted = (deps: Deps): Reaction =>
  on(UserDeleted, async ({ data: { userId } }, { tx }) => {
    await tx`
      select 1 from reviews r
       where r.id in (select o.id from reviews o where o.author_id = ${userId} union select v.review_id from votes v where v.voter_id = ${userId}
                      union select p.review_id from reports p where p.reporter_id = ${userId})
       order by r.id for update`
    await tx`delete from votes v where v.voter_id = ${userId}`
    await tx`delete from reports p where p.reporter_id = ${userId}`
    const own = await tx<{ id: string; productId: string }[]>`
      select r.id, r.product_id as "productId" from reviews r where r.author_id = ${userId} order by r.product_id`
    for (const { id } of own) await tx`delete from reviews where id = ${id}`
    await tx`delete from taken_away t where t.author_id = ${userId}`
    await tx`delete from purchases p where p.customer_id = ${userId}`
    await tx`delete from budgets b where b.user_id = ${userId}`
    const events = own.map(({ id, productId }) => ReviewWithdrawn({ reviewId: id, productId, authorId: userId }))
    if (own.length > 0)
      await tell(
        deps,
        tx,
        own.map(({ productId }) => productId),
        events,
      )
  })
