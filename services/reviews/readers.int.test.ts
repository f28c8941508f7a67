import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { spend } from './budget.ts'
import { openReviews, OTHER_PRODUCT, PRODUCT, SELLER, staff, type TestReviews } from './testing/shop.ts'
import type { PublicReview } from './shapes.ts'

let shop: TestReviews
beforeAll(async () => {
  shop = await openReviews({ writesPerDay: 5, votesPerHour: 60, reportsPerDay: 4 })
})
afterEach(async () => {
  expect(await shop.violations()).toEqual([])
})
afterAll(() => shop.close())

const voter = () => testUser(uuidv7())
const vote = (id: string, as: ReturnType<typeof voter>, helpful: boolean) =>
  shop.request('PUT', `/api/reviews/${id}/vote`, { as, body: { helpful } })
const report = (id: string, as = voter(), reason = 'spam') =>
  shop.request('POST', `/api/reviews/${id}/reports`, { as, body: { reason, comment: 'Look at this.' } })
const shownNow = async (id: string) => (await shop.list('&limit=100')).find((one: PublicReview) => one.id === id)

describe('votes', () => {
  it('count once for each reader, however often they press', async () => {
    const { id } = await shop.shown()
    const reader = voter()
    const answers = await Promise.all(Array.from({ length: 50 }, () => vote(id, reader, true)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    expect(await shownNow(id)).toMatchObject({ helpful: 1, unhelpful: 0, myVote: null, mine: false })
    await vote(id, reader, false)
    expect((await shop.list('', reader)).find((one: PublicReview) => one.id === id)).toMatchObject({
      helpful: 0,
      unhelpful: 1,
      myVote: false,
    })
    await shop.request('DELETE', `/api/reviews/${id}/vote`, { as: reader })
    expect(await shownNow(id)).toMatchObject({ helpful: 0, unhelpful: 0 })
  })

  it('are not for authors, guests, and reviews that nobody sees', async () => {
    const { id, author } = await shop.shown()
    expect((await vote(id, author as never, true)).body.code).toBe('reviews/own-review')
    expect((await shop.request('PUT', `/api/reviews/${id}/vote`, { body: { helpful: true } })).status).toBe(401)
    const pending = (await shop.write(await shop.buyer())).body.id
    expect((await vote(pending, voter(), true)).status).toBe(404)
  })

  it('put nine of ten above one of one', async () => {
    const [many, one] = [await shop.shown(), await shop.shown()]
    for (let n = 0; n < 10; n += 1) await vote(many.id, voter(), n > 0)
    await vote(one.id, voter(), true)
    const places = (await shop.list('&sort=helpful&limit=100')).map(({ id }: PublicReview) => id)
    expect(places.indexOf(many.id)).toBeLessThan(places.indexOf(one.id))
  })
})

describe('reports', () => {
  it('count once for each reader; three hide what staff have not seen, and staff bring it back for good', async () => {
    const first = await shop.shown()
    await shop.db.sql`update reviews set vetted = false where id = ${first.id}`
    const angry = voter()
    for (const reader of [angry, angry, angry, voter()]) expect((await report(first.id, reader)).status).toBe(204)
    expect(await shownNow(first.id)).toBeDefined()
    await report(first.id)
    expect(await shownNow(first.id)).toBeUndefined()
    const { items } = (await shop.request('GET', '/api/reviews/queue?reported=true&sort=reports', { as: staff })).body
    expect(items[0]).toMatchObject({ id: first.id, state: 'hidden', openReports: 3 })
    const reasons = await shop.request('GET', `/api/reviews/${first.id}/reports`, { as: staff })
    expect(reasons.body.items).toHaveLength(3)
    expect((await shop.events('ReviewFlagged.v1')).at(-1)?.data).toMatchObject({
      reviewId: first.id,
      by: 'readers',
      reasons: ['spam'],
    })

    await shop.decide(first.id, 'approve')
    for (let n = 0; n < 4; n += 1) await report(first.id)
    expect(await shownNow(first.id)).toBeDefined()
  })

  it('and the queue are for staff only', async () => {
    const { id } = await shop.shown()
    for (const [method, path, body] of [
      ['GET', '/api/reviews/queue', undefined],
      ['GET', `/api/reviews/${id}/reports`, undefined],
      ['POST', `/api/reviews/${id}/approve`, {}],
      ['POST', `/api/reviews/${id}/hide`, {}],
      ['POST', `/api/reviews/${id}/reject`, { reason: 'other' }],
      ['GET', '/api/reviews/words', undefined],
      ['PUT', '/api/reviews/tags/nice', { titles: { en: 'Nice' }, position: 1 }],
    ] as const)
      expect((await shop.request(method, path, { as: voter(), body })).status, path).toBe(403)
  })
})

describe('a budget', () => {
  it('lets nobody write, vote or report without end, and says how long to wait', async () => {
    const reviews = []
    for (let n = 0; n < 5; n += 1) reviews.push(await shop.shown())
    const busy = voter()
    const answers = await Promise.all(reviews.map(({ id }) => report(id, busy)))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(4)
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.body.code).toBe('reviews/too-many')
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(86_000)
  })

  it('is one for all processes', async () => {
    const other = shop.database.db('reviews', { max: 5 })
    const user = uuidv7()
    const settings = { writesPerDay: 5 } as never
    const tries = Array.from({ length: 30 }, (_, n) =>
      (n % 2 ? other : shop.db)
        .tx((tx) => spend(tx, settings, user, 'write'))
        .then(
          () => 1,
          () => 0,
        ),
    )
    const taken: number[] = await Promise.all(tries)
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(5)
  })

  it('is whole again a day later', async () => {
    const user = uuidv7()
    const settings = { writesPerDay: 1 } as never
    await shop.db.tx((tx) => spend(tx, settings, user, 'write'))
    await shop.db.sql`update budgets set begun_at = now() - interval '25 hours' where user_id = ${user}`
    await shop.db.tx((tx) => spend(tx, settings, user, 'write'))
  })
})

describe('an answer', () => {
  it('is given by the shop or by the seller of the product, for everybody to read, and told once', async () => {
    const { id } = await shop.shown()
    const answer = (as: ReturnType<typeof voter>, text: string) =>
      shop.request('PUT', `/api/reviews/${id}/reply`, { as, body: { text } })
    expect((await answer(voter(), 'No!')).body.code).toBe('reviews/not-your-product')
    expect((await answer(testUser(SELLER, ['reviews:reply-own'], ['SELLER']), 'Thank you <b>all</b>!')).status).toBe(204)
    expect((await shownNow(id)).reply).toMatchObject({ text: 'Thank you all!', name: 'Clay & Kiln', role: 'seller' })
    await answer(staff as never, 'Thank you!')
    expect((await shownNow(id)).reply).toMatchObject({ text: 'Thank you!', name: 'Souk', role: 'shop' })
    expect((await shop.events('ReviewReplied.v1')).filter(({ subject }) => subject === id)).toHaveLength(1)
    expect((await shop.request('DELETE', `/api/reviews/${id}/reply`, { as: voter() })).status).toBe(403)
    await shop.request('DELETE', `/api/reviews/${id}/reply`, { as: staff })
    expect((await shownNow(id)).reply).toBeNull()
  })

  it('is not for whoever sells something else, or sells without the right to answer', async () => {
    const { id } = await shop.shown()
    const answer = (as: ReturnType<typeof voter>) =>
      shop.request('PUT', `/api/reviews/${id}/reply`, { as, body: { text: 'Mine!' } })
    for (const stranger of [testUser(uuidv7(), ['reviews:reply-own'], ['SELLER']), testUser(SELLER, ['products:write-own'])])
      expect([(await answer(stranger)).status, (await answer(stranger)).body.code]).toEqual([403, 'reviews/not-your-product'])
    expect((await shownNow(id)).reply).toBeNull()
  })

  it('is written where a seller finds what is shown of their own products, and of nobody else’s', async () => {
    const seller = testUser(SELLER, ['reviews:reply-own'], ['SELLER'])
    const mine = async (query = '', as = seller) =>
      (await shop.request('GET', `/api/reviews/of-my-products${query}`, { as })).body.items as { id: string; productId: string }[]
    const { id } = await shop.shown(2)
    const hidden = await shop.shown()
    await shop.decide(hidden.id, 'hide')
    const waiting = (await shop.write(await shop.buyer())).body
    const elsewhere = await shop.write(await shop.buyer(OTHER_PRODUCT), { productId: OTHER_PRODUCT })
    await shop.decide(elsewhere.body.id, 'approve')
    const ids = (await mine('?limit=100')).map((one) => one.id)
    expect(ids).toContain(id)
    for (const other of [hidden.id, waiting.id, elsewhere.body.id]) expect(ids).not.toContain(other)
    expect((await mine('?answered=false&stars=2')).map((one) => one.id)).toContain(id)
    await shop.request('PUT', `/api/reviews/${id}/reply`, { as: seller, body: { text: 'Sorry!' } })
    expect((await mine('?answered=false&stars=2')).map((one) => one.id)).not.toContain(id)
    expect((await mine('?answered=true')).map((one) => one.id)).toContain(id)
    expect((await mine(`?reviewId=${id}`)).map((one) => one.id)).toEqual([id])
    expect(await mine(`?reviewId=${elsewhere.body.id}`)).toEqual([])
    expect(await mine('', testUser(uuidv7(), ['reviews:reply-own']))).toEqual([])
    expect((await shop.request('GET', '/api/reviews/of-my-products', { as: voter() })).status).toBe(403)
  })

  it('is not for sellers where a review is not shown', async () => {
    const { body } = await shop.write(await shop.buyer())
    const seller = testUser(SELLER, ['reviews:reply-own'], ['SELLER'])
    expect((await shop.request('PUT', `/api/reviews/${body.id}/reply`, { as: seller, body: { text: 'Hm.' } })).status).toBe(404)
  })
})

describe('the list', () => {
  it('is filtered, ordered and read page by page without gaps', async () => {
    const all = await shop.list('&sort=newest&limit=100')
    const inOrder: Record<string, (before: PublicReview, after: PublicReview) => boolean> = {
      newest: (before, after) => before.publishedAt >= after.publishedAt,
      oldest: (before, after) => before.publishedAt <= after.publishedAt,
      // the order by votes has a test of its own, above
      helpful: () => true,
      highest: (before, after) => before.stars >= after.stars,
      lowest: (before, after) => before.stars <= after.stars,
    }
    for (const sort of ['newest', 'oldest', 'helpful', 'highest', 'lowest']) {
      const read: PublicReview[] = []
      let cursor: string | undefined
      do {
        const path = `/api/reviews?productId=${PRODUCT}&sort=${sort}&limit=4${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`
        const { body } = await shop.request('GET', path)
        read.push(...body.items)
        cursor = body.next
      } while (cursor)
      expect(read.map(({ id }) => id).sort(), sort).toEqual(all.map(({ id }: PublicReview) => id).sort())
      expect(
        read.every((one, at) => at === 0 || inOrder[sort]!(read[at - 1]!, one)),
        sort,
      ).toBe(true)
    }
    const worst = await shop.shown(1)
    expect((await shop.list('&sort=lowest'))[0].id).toBe(worst.id)
    expect((await shop.list('&stars=1')).map(({ id }: PublicReview) => id)).toEqual([worst.id])
    expect(await shop.list('&pictures=true')).toEqual([])
    const gift = (await shop.write(await shop.buyer(), { tags: ['good-gift'] })).body
    await shop.decide(gift.id, 'approve')
    expect((await shop.list('&tag=good-gift')).map(({ id }: PublicReview) => id)).toEqual([gift.id])
  })
})

describe('where members write who have not bought', () => {
  it('reviews of buyers are marked, and can be read alone', async () => {
    const open = await openReviews({ writers: 'members' })
    try {
      const bought = await open.shown(4)
      const told = (await open.write(testUser(uuidv7()))).body
      await open.decide(told.id, 'approve')
      const ids = async (query: string) => (await open.list(query)).map(({ id }: PublicReview) => id)
      expect((await ids('')).sort()).toEqual([bought.id, told.id].sort())
      expect(await ids('&verified=true')).toEqual([bought.id])
    } finally {
      await open.close()
    }
  })
})

describe('an account that is erased', () => {
  it('takes its reviews, votes, reports and purchases with it, and the stars follow', async () => {
    const { id, author } = await shop.shown(1)
    const other = await shop.shown()
    await vote(other.id, author as never, true)
    await report(other.id, author as never)
    const before = await shop.summary()
    expect(await shop.call('ofAuthor', { authorId: author.id })).toMatchObject({
      reviews: [{ reviewId: id }],
      votes: [{ helpful: true }],
      reports: [{ reason: 'spam' }],
    })
    await shop.deliver(UserDeleted({ userId: author.id }))
    expect((await shop.summary()).reviews).toBe(before.reviews - 1)
    expect(await shownNow(id)).toBeUndefined()
    expect(await shop.call('ofAuthor', { authorId: author.id })).toEqual({ reviews: [], votes: [], reports: [] })
    const kept = await shop.db
      .sql`select 1 from purchases where customer_id = ${author.id} union all select 1 from budgets where user_id = ${author.id}`
    expect(kept).toHaveLength(0)
    expect((await shop.events('ReviewWithdrawn.v1')).at(-1)?.data).toMatchObject({ reviewId: id, productId: PRODUCT })
  })
})

describe('words that staff do not want', () => {
  it('send a review to them from then on, until they are taken off the list', async () => {
    const author = (await shop.shown()).author
    const added = await shop.request('POST', '/api/reviews/words', { as: staff, body: { word: 'Rübezahl' } })
    expect(added.body).toMatchObject({ word: 'rubezahl' })
    expect((await shop.request('POST', '/api/reviews/words', { as: staff, body: { word: 'RÜBEZAHL!' } })).status).toBe(409)
    const { id } = (await shop.request('GET', '/api/reviews/mine', { as: author })).body.items[0]
    const edit = (text: string) => shop.request('PATCH', `/api/reviews/${id}`, { as: author, body: { text } })
    await edit('Rubezahl himself drinks from it.')
    const { items } = (await shop.request('GET', '/api/reviews/queue?state=pending&limit=100', { as: staff })).body
    expect(items.find((one: { id: string }) => one.id === id).reasons).toContain('words')
    await shop.request('DELETE', `/api/reviews/words/${added.body.id}`, { as: staff })
    await edit('Rubezahl himself drinks from it!')
    expect((await shop.request('GET', '/api/reviews/words', { as: staff })).body.items).toEqual([])
  })
})
