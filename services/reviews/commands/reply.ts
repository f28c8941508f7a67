import { ReviewReplied } from '#contracts/events/reviews.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { factsOf, lockReview, reviewColumns, type StoredReview, tell } from '../store.ts'
import { clean, LONGEST_REPLY } from '../words.ts'
import { requireLength } from './write-review.ts'

export const REPLY = 'reviews:reply'
/** Of sellers: for what their own stall sells. */
export const REPLY_OWN = 'reviews:reply-own'

interface Speaker {
  readonly role: 'shop' | 'seller'
  readonly name: string
}

/** Who speaks: staff for the shop, the account of the stall for its seller, who sees shown reviews only. */
async function speaker(deps: Deps, tx: Tx, principal: Principal, id: string): Promise<Speaker> {
  const [review] = await tx<
    { productId: string; state: string }[]
  >`select r.product_id as "productId", r.state from reviews r where r.id = ${id}`
  if (!review) throw errors.notFound()
  if (may(principal, REPLY)) return { role: 'shop', name: deps.settings.shopName }
  if (!may(principal, REPLY_OWN)) throw review.state === 'published' ? errors.notYourProduct() : errors.notFound()
  const { userId, name } = await deps.products.sellerOf({ productId: review.productId })
  if (review.state !== 'published') throw errors.notFound()
  if (userId === null || userId !== principal.id) throw errors.notYourProduct()
  return { role: 'seller', name: name! }
}

/** The review, whose answer is theirs to change: the shop's stands above the seller's. Throws not-found, shop-answered. */
async function lockAnswer(tx: Tx, id: string, by: Speaker): Promise<StoredReview> {
  const review = await lockReview(tx, id)
  if (review.replyRole === 'shop' && by.role === 'seller') throw errors.shopAnswered()
  return review
}

/**
 * Answers a review for everybody to read, or changes the answer; the author hears of the first one.
 * Throws not-found, not-your-product, shop-answered, too-short, too-long.
 */
export async function reply(deps: Deps, tx: Tx, principal: Principal, id: string, written: string): Promise<StoredReview> {
  const by = await speaker(deps, tx, principal, id)
  const { text } = clean(written)
  if (text === '') throw errors.tooShort({}, { fields: [{ pointer: '/text', message: 'is empty' }] })
  requireLength({ text }, { text: LONGEST_REPLY })
  const before = await lockAnswer(tx, id, by)
  const [review] = await tx<StoredReview[]>`
    update reviews r set reply = ${text}, reply_name = ${by.name}, reply_role = ${by.role}, replied_at = coalesce(r.replied_at, now())
     where r.id = ${id} returning ${reviewColumns(tx)}`
  if (before.reply === null) await tell(deps, tx, [], [ReviewReplied({ ...factsOf(review!), by: by.role })])
  return review!
}

export async function removeReply(deps: Deps, tx: Tx, principal: Principal, id: string): Promise<void> {
  await lockAnswer(tx, id, await speaker(deps, tx, principal, id))
  await tx`update reviews set reply = null, reply_name = null, reply_role = null, replied_at = null where id = ${id}`
}
