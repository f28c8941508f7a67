import { hash } from 'node:crypto'
import { ReviewCreated, ReviewFlagged } from '#contracts/events/reviews.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { spend } from '../budget.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { purchaseOf } from '../queries/purchase.ts'
import { stateOf } from '../review.ts'
import { judge, type Reason, type Written } from '../rules.ts'
import type { ReviewInput } from '../shapes.ts'
import { factsOf, reviewColumns, type StoredReview, tell } from '../store.ts'
import { clean, cleanLine, foldWords, LONGEST, publicName } from '../words.ts'

export interface Author {
  readonly id: string
  readonly channel: string
  readonly locale: string
}

/**
 * Somebody says what they think of a product: once each, the database sees to that. Shown at once, or queued where a rule notices
 * something. Throws reviews/already-reviewed, own-product, not-bought, not-delivered, no-such-product, unknown-tag, too-short, too-long,
 * not-for-guests, too-many.
 */
export async function writeReview(deps: Deps, tx: Tx, author: Author, input: ReviewInput): Promise<StoredReview> {
  // Asked before anything is locked.
  const known = await deps.products.sellerOf({ productId: input.productId })
  if (!known.known) throw errors.noSuchProduct()
  if (known.userId === author.id) throw errors.ownProduct()
  const written = await wordsOf(deps, author.id, input)
  await requireTags(tx, input.tags ?? [])
  const bought = await purchaseOf(tx, author.id, input.productId)
  if (deps.settings.writers === 'buyers' && bought !== 'delivered')
    throw bought === 'none' ? errors.notBought() : errors.notDelivered()
  const rejectedBefore = await takenAwayBefore(tx, author.id, input.productId)
  await spend(tx, deps.settings, author.id, 'write')
  const id = uuidv7()
  const reasons = await reasonsFor(deps, tx, { id, authorId: author.id, rejectedBefore }, written)
  const state = stateOf(reasons)
  const [row] = await tx<StoredReview[]>`
    insert into reviews as r (id, product_id, author_id, name, stars, title, text, fingerprint, tags, locale, channel, verified, state, reasons)
    values (${id}, ${input.productId}, ${author.id}, ${written.name}, ${input.stars}, ${written.title}, ${written.text}, ${fingerprintOf(written.text)},
            ${tx.array([...(input.tags ?? [])])}::text[], ${author.locale}, ${author.channel}, ${bought === 'delivered'}, ${state}, ${tx.array([...reasons])}::text[])
        on conflict on constraint one_review_each do nothing
    returning ${reviewColumns(tx)}`
  if (!row) throw errors.alreadyReviewed()
  await tell(deps, tx, [row.productId], [ReviewCreated({ ...factsOf(row), state }), ...flagged(row)])
  return row
}

/**
 * Whether their last review of the product was taken away when they withdrew it. Asked in this order: where the review is not there any
 * more, the note of it is. Throws already-reviewed.
 */
async function takenAwayBefore(tx: Tx, authorId: string, productId: string): Promise<boolean> {
  const there = await tx`select 1 from reviews r where r.product_id = ${productId} and r.author_id = ${authorId}`
  if (there.length > 0) throw errors.alreadyReviewed()
  return (await tx`select 1 from taken_away t where t.author_id = ${authorId} and t.product_id = ${productId}`).length > 0
}

export const flagged = (review: StoredReview) =>
  review.state === 'pending' ? [ReviewFlagged({ ...factsOf(review), by: 'rules', reasons: review.reasons })] : []

/** The words as they are kept. Without a name of their choice, authors are called by their first name and a letter. */
export async function wordsOf(
  { users }: Pick<Deps, 'users'>,
  authorId: string,
  input: { title?: string | undefined; text: string; name?: string | undefined },
): Promise<Written> {
  const [title, text, chosen] = [cleanLine(input.title ?? ''), clean(input.text), cleanLine(input.name ?? '')]
  if ((text.text.match(/\p{L}/gu) ?? []).length < 3)
    throw errors.tooShort({}, { fields: [{ pointer: '/text', message: 'is too short' }] })
  requireLength({ title: title.text, text: text.text, name: chosen.text })
  const contact = await users.contact({ userId: authorId })
  if (contact.outcome === 'unknown') throw errors.notForGuests()
  const name = chosen.text || publicName(contact.fullName) || '–'
  return { title: title.text, text: text.text, name, html: title.html || text.html || chosen.html }
}

/** Once more as it is kept: some characters are two in their normal form. Throws `reviews/too-long`. */
export function requireLength(kept: Readonly<Record<string, string>>, longest: Readonly<Record<string, number>> = LONGEST): void {
  const fields = Object.entries(longest)
    .filter(([field, most]) => [...(kept[field] ?? '')].length > most)
    .map(([field, most]) => ({ pointer: `/${field}`, message: `is longer than ${most} characters` }))
  if (fields.length > 0) throw errors.tooLong({}, { fields })
}

/** Everything the rules need to know, and what they say. */
export async function reasonsFor(
  { settings }: Pick<Deps, 'settings'>,
  sql: Query,
  review: { readonly id: string; readonly authorId: string; readonly rejectedBefore: boolean },
  written: Written,
): Promise<Reason[]> {
  const [around] = await sql<{ forbidden: string[]; published: number; copied: boolean }[]>`
    select coalesce((select array_agg(w.word) from forbidden_words w), '{}') as forbidden,
           (select count(*)::integer from reviews r where r.author_id = ${review.authorId} and r.state = 'published' and r.id <> ${review.id}) as published,
           exists (select 1 from reviews r where r.fingerprint = ${fingerprintOf(written.text)} and r.id <> ${review.id}) as copied`
  return judge(written, {
    ...around!,
    rejectedBefore: review.rejectedBefore,
    staffOnly: settings.publish === 'staff',
  })
}

/** "Very good!" is nobody's own; from so many words on the same text twice is a copy. */
const OWN_WORDS = 8

export function fingerprintOf(text: string): Buffer | null {
  const words = foldWords(text)
  return words.length < OWN_WORDS ? null : hash('sha256', words.join(' '), 'buffer')
}

/** Throws reviews/unknown-tag. */
export async function requireTags(sql: Query, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return
  const known = new Set((await sql<{ key: string }[]>`select t.key from tags t`).map(({ key }) => key))
  const unknown = wanted.findIndex((key) => !known.has(key))
  if (unknown >= 0) throw errors.unknownTag({}, { fields: [{ pointer: `/tags/${unknown}`, message: 'is no tag of this shop' }] })
}
