import { ReviewReplied } from '#contracts/events/reviews.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { factsOf, lockReview, reviewColumns, type StoredReview, tell } from '../store.ts'
import { clean } from '../words.ts'

export const REPLY = 'reviews:reply'

/** Who speaks: staff for the shop, the account of the stall for its seller, who sees shown reviews only. */
async function speaker(deps: Deps, tx: Tx, principal: Principal, id: string): Promise<{ role: 'shop' | 'seller'; name: string }> {
  const [review] = await tx<
    { productId: string; state: string }[]
  >`select r.product_id as "productId", r.state from reviews r where r.id = ${id}`
  if (!review) throw errors.notFound()
  if (may(principal, REPLY)) return { role: 'shop', name: deps.settings.shopName }
  const { userId, name } = await deps.products.sellerOf({ productId: review.productId })
  if (review.state !== 'published') throw errors.notFound()
  if (userId === null || userId !== principal.id) throw errors.notYourProduct()
  return { role: 'seller', name: name! }
}

/** Answers a review for everybody to read, or changes the answer; the author hears of the first one. Throws not-found, not-your-product, too-short. */
export async function reply(deps: Deps, tx: Tx, principal: Principal, id: string, written: string): Promise<StoredReview> {
  const by = await speaker(deps, tx, principal, id)
  const { text } = clean(written)
  if (text === '') throw errors.tooShort({}, { fields: [{ pointer: '/text', message: 'is empty' }] })
  const before = await lockReview(tx, id)
  const [review] = await tx<StoredReview[]>`
    update reviews r set reply = ${text}, reply_name = ${by.name}, reply_role = ${by.role}, replied_at = coalesce(r.replied_at, now())
     where r.id = ${id} returning ${reviewColumns(tx)}`
  if (before.reply === null) await tell(deps, tx, [], [ReviewReplied({ ...factsOf(review!), by: by.role })])
  return review!
}

export async function removeReply(deps: Deps, tx: Tx, principal: Principal, id: string): Promise<void> {
  await speaker(deps, tx, principal, id)
  await tx`update reviews set reply = null, reply_name = null, reply_role = null, replied_at = null where id = ${id}`
}
