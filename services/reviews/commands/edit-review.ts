import { ReviewUpdated, ReviewWithdrawn } from '#contracts/events/reviews.ts'
import type { Tx } from '#kit/db/db.ts'
import { spend } from '../budget.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { stateOf, takenAway } from '../review.ts'
import type { ReviewPatch } from '../shapes.ts'
import { factsOf, lockReview, reviewColumns, type StoredReview, tell } from '../store.ts'
import { fingerprintOf, flagged, reasonsFor, requireTags, wordsOf } from './write-review.ts'

/** The review, if it is theirs: to everybody else one that is not shown does not exist. Throws not-found, not-yours, version-conflict. */
export async function ownReview(tx: Tx, id: string, authorId: string, expectedVersion?: number): Promise<StoredReview> {
  const review = await lockReview(tx, id)
  if (review.authorId !== authorId) throw review.state === 'published' ? errors.notYours() : errors.notFound()
  if (expectedVersion !== undefined && expectedVersion !== review.version) throw errors.versionConflict()
  return review
}

/**
 * Its author changes a review: it is judged anew, and staff have not seen it. What was rejected or hidden waits for them. The answer
 * of the shop stays. The same again changes nothing.
 */
export async function editReview(
  deps: Deps,
  tx: Tx,
  authorId: string,
  id: string,
  patch: ReviewPatch,
  expectedVersion: number | undefined,
): Promise<StoredReview> {
  const before = await ownReview(tx, id, authorId, expectedVersion)
  const written = await wordsOf(deps, authorId, {
    title: patch.title ?? before.title,
    text: patch.text ?? before.text,
    name: patch.name ?? before.name,
  })
  const wanted = {
    stars: patch.stars ?? before.stars,
    title: written.title,
    text: written.text,
    name: written.name,
    tags: patch.tags ?? before.tags,
  }
  const changed = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (field) => JSON.stringify(wanted[field]) !== JSON.stringify(before[field]),
  )
  if (changed.length === 0) return before
  if (patch.tags) await requireTags(tx, patch.tags)
  await spend(tx, deps.settings, authorId, 'write')
  const reasons = await reasonsFor(deps, tx, { id, authorId, rejectedBefore: takenAway(before) }, written)
  const state = stateOf(reasons)
  const [review] = await tx<StoredReview[]>`
    update reviews r set stars = ${wanted.stars}, title = ${wanted.title}, text = ${wanted.text}, name = ${wanted.name},
           tags = ${tx.array([...wanted.tags])}::text[], fingerprint = ${fingerprintOf(wanted.text)}, state = ${state}, reasons = ${tx.array([...reasons])}::text[],
           vetted = false, rejection_reason = null, rejection_note = '', version = r.version + 1, updated_at = now(), edited_at = clock_timestamp(),
           queued_at = case when ${state} = 'pending' and r.state <> 'pending' then now() else r.queued_at end
     where r.id = ${id} returning ${reviewColumns(tx)}`
  await tell(deps, tx, [before.productId], [ReviewUpdated({ ...factsOf(review!), state, changed }), ...flagged(review!)])
  return review!
}

/**
 * Takes a review back, with its pictures, votes and answer; afterwards a new one may be written. That one waits for staff where this one
 * was taken away or is reported: writing it again is no way around them.
 */
export async function withdrawReview(deps: Deps, tx: Tx, authorId: string, id: string): Promise<void> {
  const review = await ownReview(tx, id, authorId)
  const { productId } = review
  if (takenAway(review) || review.openReports > 0)
    await tx`insert into taken_away (author_id, product_id) values (${authorId}, ${productId}) on conflict do nothing`
  await tx`delete from reviews where id = ${id}`
  await tell(deps, tx, [productId], [ReviewWithdrawn({ reviewId: id, productId, authorId })])
}
