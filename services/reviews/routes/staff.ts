import Type, { type Static } from 'typebox'
import { RejectionReason } from '#contracts/events/reviews.ts'
import { Timestamp, Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, can, del, get, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { decide, MODERATE, type Ruling } from '../commands/decide.ts'
import { ReportReason } from '../commands/judge-others.ts'
import { addWord, listTags, listWords, removeTag, removeWord, saveTag } from '../commands/save-lists.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { listQueue, QueueQuery } from '../queries/list-reviews.ts'
import { titleIn } from '../queries/summary.ts'
import { StaffReview, StaffReviewItem, TagKey, Titles } from '../shapes.ts'
import { allPicturesOf, staffView } from '../views.ts'

export const CONFIGURE = 'reviews:configure'
const Id = closed({ id: Uuid })
const Word = closed({ id: Uuid, word: Type.String(), addedAt: Timestamp })
const TagView = closed({ key: TagKey, title: Type.String(), titles: Titles, position: Type.Integer() })

/** The queue, and what decides about it. */
export function staffRoutes(deps: Deps): Route[] {
  const { db } = deps
  const ruling = <B extends ReturnType<typeof closed>>(
    name: Ruling['decision'],
    summary: string,
    body: B,
    read: (body: unknown) => Omit<Ruling, 'decision'>,
  ) =>
    post(
      `/api/reviews/:id/${name}`,
      {
        access: can(MODERATE),
        summary,
        params: Id,
        body,
        response: StaffReview,
        status: 200,
        versioned: true,
        errors: [errors.notFound, errors.versionConflict, ...(name === 'hide' ? [errors.notShown] : [])],
      },
      async ({ tx, params, body: given, expectedVersion }) => {
        const review = await decide(deps, tx, params.id, { decision: name, ...read(given) }, expectedVersion)
        return staffView(review, (await allPicturesOf(tx, [review], deps.pictureKey))(review.id))
      },
    )
  return [
    get(
      '/api/reviews/queue',
      {
        access: can(MODERATE),
        summary: 'Reviews that staff should look at',
        description:
          'Waiting, hidden or reported ones, and shown ones with new pictures; with `state`, `productId` or `authorId` all of those.',
        query: QueueQuery,
        response: page(StaffReviewItem),
      },
      ({ query, channel, locale }) => listQueue(deps, { channel, locale }, query),
    ),
    get(
      '/api/reviews/:id/reports',
      {
        access: can(MODERATE),
        summary: 'What readers reported about a review',
        params: Id,
        response: closed({
          items: Type.Array(closed({ reason: ReportReason, comment: Type.String(), at: Timestamp, open: Type.Boolean() })),
        }),
      },
      async ({ params }) => {
        const rows = await db.sql<{ reason: Static<typeof ReportReason>; comment: string; at: Date; open: boolean }[]>`
          select p.reason, p.comment, p.at, p.closed_at is null as open from reports p where p.review_id = ${params.id} order by p.at desc limit 200`
        return { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) }
      },
    ),
    ruling('approve', 'Show a review and its new pictures; its reports are closed', closed({}), () => ({})),
    ruling('hide', 'Hide a shown review without a word to its author', closed({}), () => ({})),
    ruling(
      'reject',
      'Do not show a review; its author is told why',
      closed({
        reason: RejectionReason,
        note: Type.Optional(Type.String({ maxLength: 1000, description: 'the author reads it' })),
      }),
      (body) => body as { reason: RejectionReason; note?: string },
    ),
    get(
      '/api/reviews/words',
      { access: can(CONFIGURE), summary: 'Words that send a review to staff', response: closed({ items: Type.Array(Word) }) },
      async () => ({ items: (await listWords(db.sql)).map((row) => ({ ...row, addedAt: row.addedAt.toISOString() })) }),
    ),
    post(
      '/api/reviews/words',
      {
        access: can(CONFIGURE),
        summary: 'Add a word, or several in a row, that sends a review to staff',
        body: closed({ word: Type.String({ minLength: 1, maxLength: 100 }) }),
        response: Word,
        status: 201,
        errors: [errors.wordTaken, errors.tooShort],
      },
      async ({ tx, body }) => {
        const { addedAt, ...row } = await addWord(tx, body.word)
        return { ...row, addedAt: addedAt.toISOString() }
      },
    ),
    del(
      '/api/reviews/words/:id',
      { access: can(CONFIGURE), summary: 'Take a word off the list', params: Id, errors: [errors.noSuchWord] },
      ({ tx, params }) => removeWord(tx, params.id),
    ),
    get(
      '/api/reviews/tags',
      {
        access: anyone,
        summary: 'Tags that authors may choose from',
        response: closed({ items: Type.Array(TagView) }),
        cached: { tags: ['tags'], seconds: 3600 },
      },
      async ({ locale }) => ({ items: (await listTags(db.sql)).map((tag) => ({ ...tag, title: titleIn(tag.titles, locale) })) }),
    ),
    put(
      '/api/reviews/tags/:key',
      {
        access: can(CONFIGURE),
        summary: 'Add or change a tag',
        params: closed({ key: TagKey }),
        body: closed({ titles: Titles, position: Type.Integer({ minimum: 0, maximum: 10_000 }) }),
        response: TagView,
      },
      async ({ tx, params, body, locale }) => {
        const tag = await saveTag(tx, { key: params.key, ...body })
        return { ...tag, title: titleIn(tag.titles, locale) }
      },
    ),
    del(
      '/api/reviews/tags/:key',
      {
        access: can(CONFIGURE),
        summary: 'Remove a tag, from all reviews too',
        params: closed({ key: TagKey }),
        errors: [errors.noSuchTag],
      },
      ({ tx, params }) => removeTag(tx, params.key),
    ),
  ]
}
