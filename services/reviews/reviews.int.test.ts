import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { OrderCancelled, OrderConfirmed, OrderDelivered, OrderUpdated } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { testUser } from '#kit/testing/service.ts'
import { line, openReviews, order, OTHER_PRODUCT, PRODUCT, SELLER, staff, type TestReviews } from './testing/shop.ts'

let shop: TestReviews
beforeAll(async () => {
  shop = await openReviews()
})
afterEach(async () => {
  expect(await shop.violations()).toEqual([])
})
afterAll(() => shop.close())
const total = { amount: 1995, currency: 'EUR' }

describe('writing a review', () => {
  it('needs a purchase that has arrived', async () => {
    const customer = testUser(uuidv7())
    expect((await shop.write(customer)).body.code).toBe('reviews/not-bought')
    const bought = order(customer.id)
    await shop.deliver(OrderConfirmed({ ...bought, total, lines: [line(PRODUCT)] }))
    expect((await shop.write(customer)).body.code).toBe('reviews/not-delivered')
    const mine = `/api/reviews/products/${PRODUCT}/mine`
    expect((await shop.request('GET', mine, { as: customer })).body).toEqual({
      review: null,
      refused: 'not-delivered',
      verified: false,
    })
    await shop.deliver(OrderDelivered(bought))
    const { status, body } = await shop.write(customer)
    expect([status, body.verified, body.name]).toEqual([201, true, 'Anna M.'])
    expect((await shop.request('GET', mine, { as: customer })).body).toMatchObject({ refused: null, review: { id: body.id } })
  })

  it('is over when the order is cancelled, and follows what staff change of it', async () => {
    const customer = testUser(uuidv7())
    const bought = order(customer.id)
    await shop.deliver(OrderConfirmed({ ...bought, total, lines: [line(PRODUCT)] }))
    await shop.deliver(OrderUpdated({ ...bought, changed: ['lines'], total, lines: [line(OTHER_PRODUCT)] }))
    await shop.deliver(OrderDelivered(bought))
    expect((await shop.write(customer)).body.code).toBe('reviews/not-bought')
    expect((await shop.write(customer, { productId: OTHER_PRODUCT })).status).toBe(201)
    const stopped = order(customer.id)
    await shop.deliver(OrderConfirmed({ ...stopped, total, lines: [line(PRODUCT)] }))
    await shop.deliver(OrderCancelled({ ...stopped, reason: 'customer', lines: [line(PRODUCT)] }))
    expect((await shop.write(customer)).body.code).toBe('reviews/not-bought')
  })

  it('is possible once for each product, also when the button is pressed twenty times at the same moment', async () => {
    const customer = await shop.buyer()
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.write(customer)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(
      new Set(['reviews/already-reviewed']),
    )
    expect((await shop.request('GET', '/api/reviews/mine', { as: customer })).body.items).toHaveLength(1)
    expect(
      (await shop.events('ReviewCreated.v1')).filter(({ data }) => (data as { authorId: string }).authorId === customer.id),
    ).toHaveLength(1)
  })

  it('is possible once also for two who were both told that there is none yet', async () => {
    const customer = await shop.buyer()
    const writing: Promise<{ status: number }>[] = []
    const { admin } = shop.database
    await admin.begin(async (tx) => {
      // both look for a review, then want to spend one of theirs, and wait for this transaction there
      await tx`insert into reviews.budgets (user_id, kind) values (${customer.id}, 'write')`
      writing.push(shop.write(customer), shop.write(customer))
      await eventually(async () => {
        const waiting =
          await admin`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        expect(waiting).toHaveLength(2)
      })
    })
    expect((await Promise.all(writing)).map(({ status }) => status).sort()).toEqual([201, 409])
  })

  it('is for people with an account, of products that are there, in words, by others than the seller', async () => {
    expect((await shop.request('POST', '/api/reviews', { body: { productId: PRODUCT, stars: 5, text: 'Good.' } })).status).toBe(
      401,
    )
    const customer = await shop.buyer()
    expect((await shop.write(customer, { productId: uuidv7() })).body.code).toBe('reviews/no-such-product')
    expect((await shop.write(customer, { text: '<p></p> 5/5' })).body.code).toBe('reviews/too-short')
    expect((await shop.write(customer, { tags: ['nonsense'] })).body.code).toBe('reviews/unknown-tag')
    expect((await shop.write(customer, { stars: 6 })).status).toBe(400)
    expect((await shop.write(await shop.buyer(PRODUCT, testUser(SELLER)))).body.code).toBe('reviews/own-product')
  })

  it('keeps no HTML, and shows staff who tried', async () => {
    const { body } = await shop.write(await shop.buyer(), {
      title: '<img src=x onerror=alert(1)>Nice',
      text: 'A <script>alert(1)</script> mug\u202E that I like.',
      name: '<i>Bob</i>',
    })
    expect(body).toMatchObject({ title: 'Nice', text: 'A alert(1) mug that I like.', name: 'Bob', state: 'pending' })
    const { items } = (await shop.request('GET', `/api/reviews/queue?state=pending&sort=newest`, { as: staff })).body
    expect(items[0]).toMatchObject({ id: body.id, reasons: ['html', 'first-review'] })
  })
})

describe('a first review', () => {
  it('waits for staff; once they approve it is shown, counted and told, and the next one of the author is shown at once', async () => {
    const author = await shop.buyer()
    const before = await shop.summary()
    const { body } = await shop.write(author, { stars: 2, tags: ['good-gift'] })
    expect(body.state).toBe('pending')
    expect(await shop.list()).not.toContainEqual(expect.objectContaining({ id: body.id }))
    expect((await shop.summary()).reviews).toBe(before.reviews)
    expect((await shop.decide(body.id, 'approve')).body).toMatchObject({ state: 'published' })
    const after = await shop.summary()
    expect(after.reviews).toBe(before.reviews + 1)
    expect(after.stars.find(({ stars }: { stars: number }) => stars === 2).count).toBe(1)
    expect(after.tags).toEqual([{ key: 'good-gift', title: 'A good gift', count: 1 }])
    expect((await shop.events('ProductRatingChanged.v1')).at(-1)?.data).toMatchObject({
      productId: PRODUCT,
      reviews: after.reviews,
    })
    expect((await shop.events('ReviewPublished.v1')).at(-1)?.data).toMatchObject({
      reviewId: body.id,
      authorId: author.id,
      stars: 2,
    })

    await shop.buyer(OTHER_PRODUCT, author as never)
    expect((await shop.write(author, { productId: OTHER_PRODUCT, text: 'And this one is good too.' })).body.state).toBe(
      'published',
    )
  })

  it('that staff reject is shown to nobody but its author, who reads why, changes it, and waits again', async () => {
    const author = await shop.buyer()
    const { body } = await shop.write(author, { text: 'Buy at www.other.example instead.' })
    await shop.decide(body.id, 'reject', { reason: 'advertising', note: 'Please leave out the address.' })
    const own = await shop.request('GET', `/api/reviews/${body.id}`, { as: author })
    expect(own.body).toMatchObject({
      state: 'rejected',
      rejection: { reason: 'advertising', note: 'Please leave out the address.' },
    })
    expect((await shop.request('GET', `/api/reviews/${body.id}`, { as: testUser(uuidv7()) })).status).toBe(404)
    expect((await shop.events('ReviewRejected.v1')).at(-1)?.data).toEqual({
      reviewId: body.id, productId: PRODUCT, authorId: author.id, stars: 5, verified: true, reason: 'advertising',
    }) // biome-ignore format: facts in rows
    const changed = await shop.request('PATCH', `/api/reviews/${body.id}`, {
      as: author,
      body: { text: 'A good mug, all in all.' },
    })
    expect(changed.body).toMatchObject({ state: 'pending', rejection: null, edited: true })
  })
})

describe('a review that is shown', () => {
  it('is changed and taken back by its author only', async () => {
    const { id, author } = await shop.shown(4)
    const stranger = await shop.buyer()
    expect((await shop.request('PATCH', `/api/reviews/${id}`, { as: stranger, body: { stars: 1 } })).body.code).toBe(
      'reviews/not-yours',
    )
    expect((await shop.request('DELETE', `/api/reviews/${id}`, { as: stranger })).body.code).toBe('reviews/not-yours')
    expect((await shop.request('DELETE', `/api/reviews/${id}`, { as: staff })).body.code).toBe('reviews/not-yours')
    const pending = (await shop.write(await shop.buyer())).body.id
    expect((await shop.request('PATCH', `/api/reviews/${pending}`, { as: stranger, body: { stars: 1 } })).status).toBe(404)

    const sum = (await shop.summary()).reviews
    expect((await shop.request('DELETE', `/api/reviews/${id}`, { as: author })).status).toBe(204)
    expect((await shop.summary()).reviews).toBe(sum - 1)
    expect((await shop.write(author)).status).toBe(201)
  })

  it('is not overwritten by somebody who looks at an older version', async () => {
    const { id, author } = await shop.shown()
    const patch = (stars: number, version: number) =>
      shop.request('PATCH', `/api/reviews/${id}`, { as: author, body: { stars }, headers: { 'if-match': `"${version}"` } })
    const { version } = (await shop.request('GET', `/api/reviews/${id}`, { as: author })).body
    expect([(await patch(3, version)).status, (await patch(1, version)).status]).toEqual([200, 412])
  })

  it('counts with its new stars when they change', async () => {
    const author = await shop.buyer(OTHER_PRODUCT)
    const first = (await shop.write(author, { productId: OTHER_PRODUCT, text: 'Something to be trusted by.' })).body.id
    await shop.decide(first, 'approve')
    await shop.buyer(PRODUCT, author as never)
    const { id } = (await shop.write(author, { stars: 5, text: 'Five stars for a good mug.' })).body
    const before = await shop.summary()
    await shop.request('PATCH', `/api/reviews/${id}`, { as: author, body: { stars: 1 } })
    const after = await shop.summary()
    const of = (summary: typeof before, stars: number) =>
      summary.stars.find((one: { stars: number }) => one.stars === stars).count
    expect([after.reviews, of(after, 5), of(after, 1)]).toEqual([before.reviews, of(before, 5) - 1, of(before, 1) + 1])
  })
})
