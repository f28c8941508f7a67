import { randomBytes, createHash } from 'node:crypto'
import { ReviewFlagged, ReviewUpdated } from '#contracts/events/reviews.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'
import { IMAGE_TYPES, MAX_UPLOAD_BYTES, sniff } from '#kit/objects/pictures.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { stateOf, takenAway } from '../review.ts'
import { factsOf, lockReview, reviewColumns, type StoredReview, tell } from '../store.ts'
import type { Rendition } from '../views.ts'
import { spend } from '../budget.ts'
import { MODERATE } from './decide.ts'
import { ownReview } from './edit-review.ts'
import { flagged, reasonsFor } from './write-review.ts'

const AT_MOST = 5
/** Where this service's files lie in the object store. */
export const FOLDER = 'reviews/'

/**
 * Adds a picture to a review. The bytes decide what it is and must agree with the content type; it is drawn anew in a few widths, so nothing
 * of what came in is stored. The same file again is the same picture. It waits until staff have looked, also where the words are shown.
 */
export async function addPicture(
  deps: Deps,
  authorId: string,
  reviewId: string,
  bytes: Buffer,
  declared: string,
): Promise<StoredReview> {
  const type = sniff(bytes)
  if (type === undefined || type !== declared || !(IMAGE_TYPES as readonly string[]).includes(type))
    throw errors.notAnImage({ declared })
  if (bytes.length > MAX_UPLOAD_BYTES) throw errors.fileTooLarge({ maxBytes: MAX_UPLOAD_BYTES })
  const hash = createHash('sha256').update(bytes).digest('hex')
  // Asked before the work and again when it is stored: strangers must not make us draw. What is refused now costs no budget.
  const known = await deps.db.tx(async (tx) => {
    const review = await ownReview(tx, reviewId, authorId)
    if (await isThere(tx, reviewId, hash)) return review
    await requireRoom(tx, reviewId)
    await spend(tx, deps.settings, authorId, 'write')
    return undefined
  })
  if (known) return known
  const renditions = await store(deps, bytes)
  const saved = await deps.db.tx((tx) => keep(deps, tx, authorId, reviewId, hash, renditions))
  deps.kit.outbox.wake()
  return saved
}

/** Noted as unused until the picture stands: what a crash leaves lying is found by the clean-up. */
async function store({ db, kit, pictures }: Deps, bytes: Buffer): Promise<Rendition[]> {
  const name = randomBytes(16).toString('hex')
  const drawn = await pictures.render(bytes)
  const renditions = drawn.map(({ width, height }) => ({ key: `${name}-${width}.webp`, width, height }))
  await db.sql`
    insert into unused_files (key, due_at) select k, now() + interval '1 hour' from unnest(${renditions.map(({ key }) => key)}::text[]) k`
  for (const [index, { content }] of drawn.entries())
    await kit.objects.put(FOLDER + renditions[index]!.key, content, 'image/webp')
  return renditions
}

async function keep(
  deps: Deps,
  tx: Tx,
  authorId: string,
  reviewId: string,
  hash: string,
  renditions: readonly Rendition[],
): Promise<StoredReview> {
  const before = await ownReview(tx, reviewId, authorId)
  if (await isThere(tx, reviewId, hash)) return before
  await requireRoom(tx, reviewId)
  const id = uuidv7()
  const keys = renditions.map(({ key }) => key)
  await tx`
    insert into pictures (id, review_id, content_hash, renditions, waiting)
    values (${id}, ${reviewId}, ${hash}, ${JSON.stringify(renditions)}::text::jsonb, true)`
  await tx`insert into picture_files (key, picture_id) select k, ${id} from unnest(${keys}::text[]) k`
  await tx`delete from unused_files f where f.key = any (${keys})`
  return await picturesChanged(deps, tx, before)
}

/**
 * Takes a picture away; its files go soon after. Its author may, and staff, who need not take the words away with it. Throws not-found, not-yours,
 * no-such-picture.
 */
export async function removePicture(
  deps: Deps,
  tx: Tx,
  principal: Principal,
  reviewId: string,
  pictureId: string,
): Promise<void> {
  const review = may(principal, MODERATE) ? await lockReview(tx, reviewId) : await ownReview(tx, reviewId, principal.id)
  const gone = await tx`delete from pictures p where p.id = ${pictureId} and p.review_id = ${reviewId}`
  if (gone.count === 0) throw errors.noSuchPicture()
  await tx`update reviews r set version = r.version + 1, updated_at = now() where r.id = ${reviewId}`
  await tell(deps, tx, [], [ReviewUpdated({ ...factsOf(review), state: review.state, changed: ['pictures'] })])
}

async function picturesChanged(deps: Deps, tx: Tx, before: StoredReview): Promise<StoredReview> {
  if (before.state === 'published') return await pictureWaits(deps, tx, before)
  const written = { title: before.title, text: before.text, name: before.name, html: before.reasons.includes('html') }
  const { id, authorId } = before
  const reasons = await reasonsFor(deps, tx, { id, authorId, rejectedBefore: takenAway(before) }, written)
  const state = before.state === 'pending' ? 'pending' : stateOf(reasons)
  // Pictures that come with a new review do not make it an edited one.
  const [review] = await tx<StoredReview[]>`
    update reviews r set state = ${state}, reasons = ${tx.array([...reasons])}::text[], vetted = false, rejection_reason = null, rejection_note = '',
           version = r.version + 1, updated_at = now(), edited_at = case when r.decided_at is null then r.edited_at else clock_timestamp() end,
           queued_at = case when ${state} = 'pending' and r.state <> 'pending' then now() else r.queued_at end
     where r.id = ${id} returning ${reviewColumns(tx)}`
  await tell(
    deps,
    tx,
    [before.productId],
    [
      ReviewUpdated({ ...factsOf(review!), state, changed: ['pictures'] }),
      ...(before.state === 'pending' ? [] : flagged(review!)),
    ],
  )
  return review!
}

/** The words stay as they are shown and vetted; the queue has the review, with the picture. */
async function pictureWaits(deps: Deps, tx: Tx, { id, productId }: StoredReview): Promise<StoredReview> {
  const [review] = await tx<StoredReview[]>`
    update reviews r set version = r.version + 1, updated_at = now() where r.id = ${id} returning ${reviewColumns(tx)}`
  await tell(
    deps,
    tx,
    [productId],
    [
      ReviewUpdated({ ...factsOf(review!), state: 'published', changed: ['pictures'] }),
      ReviewFlagged({ ...factsOf(review!), by: 'rules', reasons: ['pictures'] }),
    ],
  )
  return review!
}

const isThere = async (tx: Tx, reviewId: string, hash: string): Promise<boolean> =>
  (await tx`select 1 from pictures p where p.review_id = ${reviewId} and p.content_hash = ${hash}`).length > 0

async function requireRoom(tx: Tx, reviewId: string): Promise<void> {
  const [row] = await tx<{ count: number }[]>`select count(*)::integer as count from pictures p where p.review_id = ${reviewId}`
  if (row!.count >= AT_MOST) throw errors.tooManyPictures()
}
