import { type RejectionReason, ReviewPublished, ReviewRejected } from '#contracts/events/reviews.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { decided, type Decision } from '../review.ts'
import { factsOf, lockReview, reviewColumns, type StoredReview, tell } from '../store.ts'
import { clean } from '../words.ts'

export const MODERATE = 'reviews:moderate'

export interface Ruling {
  readonly decision: Decision
  readonly reason?: RejectionReason
  /** the author reads it */
  readonly note?: string
}

/** Staff decide about a review: its reports are closed with it. Throws not-found, version-conflict, not-shown. */
export async function decide(
  deps: Deps,
  tx: Tx,
  id: string,
  { decision, reason, note }: Ruling,
  expectedVersion: number | undefined,
): Promise<StoredReview> {
  const before = await lockReview(tx, id, expectedVersion)
  const state = decided(before.state, decision)
  if (!state) throw errors.notShown()
  // by the clock: an edit that waited for this decision began before it, and is later all the same
  await tx`update reports set closed_at = clock_timestamp() where review_id = ${id} and closed_at is null`
  const rejection = state === 'rejected' ? (reason ?? 'other') : null
  // the version that staff saw has these pictures and no later ones
  if (state === 'published') await tx`update pictures set waiting = false where review_id = ${id} and waiting`
  const [review] = await tx<StoredReview[]>`
    update reviews r set state = ${state}, vetted = true, rejection_reason = ${rejection}, rejection_note = ${rejection ? clean(note ?? '').text : ''},
           decided_at = now(), version = r.version + 1,
           shown_at = case when ${state} = 'published' and r.state = 'pending' and r.decided_at is null then now() else r.shown_at end
     where r.id = ${id} returning ${reviewColumns(tx)}`
  if (state === 'published')
    await tx`delete from taken_away where author_id = ${before.authorId} and product_id = ${before.productId}`
  const news =
    before.state === state
      ? []
      : state === 'published'
        ? [ReviewPublished(factsOf(review!))]
        : state === 'rejected'
          ? [ReviewRejected({ ...factsOf(review!), reason: rejection! })]
          : []
  await tell(deps, tx, [review!.productId], news)
  return review!
}
