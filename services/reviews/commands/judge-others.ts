import Type, { type Static } from 'typebox'
import { ReviewFlagged } from '#contracts/events/reviews.ts'
import type { Tx } from '#kit/db/db.ts'
import { spend } from '../budget.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { hidesItself } from '../review.ts'
import { factsOf, lockReview, type StoredReview, tell } from '../store.ts'

export const ReportReason = Type.Union([
  Type.Literal('spam'),
  Type.Literal('offensive'),
  Type.Literal('off-topic'),
  Type.Literal('personal-data'),
  Type.Literal('fake'),
  Type.Literal('other'),
])
export type ReportReason = Static<typeof ReportReason>

/** One vote each: another one replaces it, the same again changes nothing. Throws not-found, own-review, too-many. */
export async function vote(deps: Deps, tx: Tx, voterId: string, id: string, helpful: boolean): Promise<void> {
  await others(tx, voterId, id)
  await spend(tx, deps.settings, voterId, 'vote')
  await tx`
    insert into votes as v (review_id, voter_id, helpful) values (${id}, ${voterId}, ${helpful})
        on conflict (review_id, voter_id) do update set helpful = excluded.helpful, at = now() where v.helpful <> excluded.helpful`
}

export async function takeVoteBack(tx: Tx, voterId: string, id: string): Promise<void> {
  await tx`delete from votes where review_id = ${id} and voter_id = ${voterId}`
}

/**
 * A reader tells staff that something is wrong with a review. One report each counts, and once more when the review was changed after
 * staff had looked; enough of them hide what staff have not seen yet.
 * Throws not-found, own-review, too-many.
 */
export async function report(
  deps: Deps,
  tx: Tx,
  reporterId: string,
  id: string,
  { reason, comment }: { reason: ReportReason; comment: string },
): Promise<void> {
  await others(tx, reporterId, id)
  await spend(tx, deps.settings, reporterId, 'report')
  const added = await tx`
    insert into reports as p (review_id, reporter_id, reason, comment) values (${id}, ${reporterId}, ${reason}, ${comment})
        on conflict (review_id, reporter_id) do update set reason = excluded.reason, comment = excluded.comment, at = now(), closed_at = null
         where p.closed_at < (select r.edited_at from reviews r where r.id = p.review_id)`
  if (added.count === 0) return
  const review = await lockReview(tx, id)
  if (hidesItself(review, deps.settings.hideAfterReports))
    await tx`update reviews r set state = 'hidden', version = r.version + 1, queued_at = now() where r.id = ${id}`
  await tell(deps, tx, [review.productId], [ReviewFlagged({ ...factsOf(review), by: 'readers', reasons: [reason] })])
}

/** A shown review of somebody else, which stays as it is until the transaction ends. */
async function others(tx: Tx, readerId: string, id: string): Promise<StoredReview> {
  const review = await lockReview(tx, id)
  if (review.state !== 'published') throw errors.notFound()
  if (review.authorId === readerId) throw errors.ownReview()
  return review
}
