import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Principal } from '#kit/core/principal.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { testUser } from '#kit/testing/service.ts'
import { decide } from './commands/decide.ts'
import type { Deps } from './deps.ts'
import { lockReview } from './store.ts'
import { openReviews, PRODUCT, SELLER, staff, type TestReviews } from './testing/shop.ts'

let shop: TestReviews
beforeAll(async () => {
  shop = await openReviews({ reportsPerDay: 100 })
})
afterEach(async () => {
  expect(await shop.violations()).toEqual([])
})
afterAll(() => shop.close())

/** Words too few to be a copy of others. */
const write = (as: Principal) => shop.write(as, { text: 'It is a mug.' })
const edit = (id: string, as: Principal, text: string) => shop.request('PATCH', `/api/reviews/${id}`, { as, body: { text } })
const withdraw = (id: string, as: Principal) => shop.request('DELETE', `/api/reviews/${id}`, { as })
const report = (id: string, as: Principal = testUser(uuidv7())) =>
  shop.request('POST', `/api/reviews/${id}/reports`, { as, body: { reason: 'spam' } })
const own = async (id: string) =>
  (await shop.request('GET', `/api/reviews/queue?productId=${PRODUCT}&limit=100`, { as: staff })).body.items.find(
    (one: { id: string }) => one.id === id,
  )
async function upload(id: string, as: Principal, background: string) {
  const raw = await sharp({ create: { width: 20, height: 20, channels: 3, background } })
    .png()
    .toBuffer()
  return shop.request('POST', `/api/reviews/${id}/pictures`, { as, raw, headers: { 'content-type': 'image/png' } })
}

describe('what staff took away', () => {
  it.each([['reject'], ['hide']] as const)('after %s stays away however often its author changes it', async (decision) => {
    const author = await shop.known()
    const { body } = await write(author)
    expect(body.state).toBe('published')
    await shop.decide(body.id, decision, decision === 'reject' ? { reason: 'other' } : {})
    for (const text of ['A good mug.', 'A good mug!', 'A good mug, all in all.'])
      expect((await edit(body.id, author, text)).body.state).toBe('pending')
    await upload(body.id, author, 'teal')
    expect((await edit(body.id, author, 'A mug that is good.')).body.state).toBe('pending')
    expect(await own(body.id)).toMatchObject({ reasons: ['rejected-before'] })
    await shop.decide(body.id, 'approve')
    expect((await edit(body.id, author, 'Still a good mug.')).body.state).toBe('published')
  })

  it.each([
    ['rejected', async (id: string) => void (await shop.decide(id, 'reject', { reason: 'other' }))],
    [
      'rejected and changed',
      async (id: string, author: Principal) => {
        await shop.decide(id, 'reject', { reason: 'other' })
        await edit(id, author, 'Now with other words.')
      },
    ],
    ['reported', async (id: string) => void (await report(id))],
  ])('is not brought back by writing it again: %s', async (_, happens) => {
    const author = await shop.known()
    const first = (await write(author)).body
    await happens(first.id, author)
    for (const _ of ['once', 'twice']) {
      const { items } = (await shop.request('GET', '/api/reviews/mine', { as: author })).body
      const { id } = items.find(({ productId }: { productId: string }) => productId === PRODUCT)
      expect((await withdraw(id, author)).status).toBe(204)
      expect((await write(author)).body.state).toBe('pending')
    }
    const waiting = (await shop.request('GET', `/api/reviews/products/${PRODUCT}/mine`, { as: author })).body.review
    await shop.decide(waiting.id, 'approve')
    await withdraw(waiting.id, author)
    expect((await write(author)).body.state).toBe('published')
  })

  it('is not brought back by a review that is sent while the old one is being taken back', async () => {
    const author = await shop.known()
    const { id } = (await write(author)).body
    await shop.decide(id, 'hide')
    const answers = await Promise.all([withdraw(id, author), ...Array.from({ length: 6 }, () => write(author))])
    const written = answers.filter(({ status }) => status === 201)
    expect(written.map(({ body }) => body.state)).toEqual(written.map(() => 'pending'))
  })

  it('is not what a review is that nobody minded', async () => {
    const author = await shop.known()
    const { id } = (await write(author)).body
    await withdraw(id, author)
    expect((await write(author)).body.state).toBe('published')
  })
})

it('staff decide about the words they have seen', async () => {
  const author = await shop.known()
  const { id, version } = (await write(author)).body
  await edit(id, author, 'Buy at www.other.example instead.')
  for (const decision of ['approve', 'hide', 'reject']) {
    const body = decision === 'reject' ? { reason: 'other' } : {}
    const late = await shop.request('POST', `/api/reviews/${id}/${decision}`, {
      as: staff,
      body,
      headers: { 'if-match': `"${version}"` },
    })
    expect([late.status, late.body.code]).toEqual([412, 'reviews/version-conflict'])
  }
})

describe('a report', () => {
  const open = async (id: string) => (await own(id)).openReports

  it('counts again when the words were changed after staff had looked, and only then', async () => {
    const [author, reader] = [await shop.known(), testUser(uuidv7())]
    const { id } = (await write(author)).body
    await report(id, reader)
    await shop.decide(id, 'approve')
    await report(id, reader)
    expect(await open(id)).toBe(0)
    expect((await edit(id, author, 'Other words that nobody has seen.')).body.state).toBe('published')
    await report(id, reader)
    await report(id, reader)
    expect(await open(id)).toBe(1)
    for (const _ of ['second', 'third']) await report(id)
    expect((await own(id)).state).toBe('hidden')
  })

  it('does not count again for pictures: nobody has seen them before staff', async () => {
    const [author, reader] = [await shop.known(), testUser(uuidv7())]
    const { id } = (await write(author)).body
    expect((await upload(id, author, 'navy')).body).toMatchObject({ state: 'published', edited: false })
    await report(id, reader)
    await shop.decide(id, 'approve')
    expect((await upload(id, author, 'gold')).body).toMatchObject({ state: 'published', edited: false })
    await report(id, reader)
    expect(await open(id)).toBe(0)
  })
})

it('the answer of the shop is not changed or removed by the seller', async () => {
  const { id } = await shop.shown()
  const seller = testUser(SELLER, ['reviews:reply-own'], ['SELLER'])
  const answer = (as: Principal, text: string) => shop.request('PUT', `/api/reviews/${id}/reply`, { as, body: { text } })
  const remove = (as: Principal) => shop.request('DELETE', `/api/reviews/${id}/reply`, { as })
  await answer(seller, 'Thank you.')
  await answer(staff as never, 'We are sorry and send a new one.')
  for (const { status, body } of [await answer(seller, 'Not our fault.'), await remove(seller)])
    expect([status, body?.code]).toEqual([409, 'reviews/shop-answered'])
  expect((await own(id)).reply).toMatchObject({ text: 'We are sorry and send a new one.', role: 'shop' })
  expect((await remove(staff as never)).status).toBe(204)
  expect((await answer(seller, 'Thank you.')).status).toBe(204)
  expect((await remove(seller)).status).toBe(204)
})

describe('words that grow in their normal form', () => {
  const grows = '\u0958'

  it('are refused with the field that is too long', async () => {
    const author = await shop.known()
    for (const [field, body] of [
      ['/text', { text: grows.repeat(5000) }],
      ['/title', { title: grows.repeat(120) }],
      ['/name', { name: grows.repeat(60) }],
    ] as const) {
      const refused = await shop.write(author, body)
      expect([refused.status, refused.body.code, refused.body.errors]).toMatchObject([
        422,
        'reviews/too-long',
        [{ pointer: field }],
      ])
    }
    const { id } = (await write(author)).body
    expect((await edit(id, author, grows.repeat(2501))).body.code).toBe('reviews/too-long')
    const answered = await shop.request('PUT', `/api/reviews/${id}/reply`, { as: staff, body: { text: grows.repeat(2000) } })
    expect(answered.body.code).toBe('reviews/too-long')
    expect((await edit(id, author, grows.repeat(2500))).status).toBe(200)
  })
})

it('what a guest is told who writes or changes a review is part of the description', () => {
  for (const [method, path] of [
    ['POST', '/api/reviews'],
    ['PATCH', '/api/reviews/:id'],
  ]) {
    const route = shop.running.routes.find((one) => one.method === method && one.path === path)
    expect(
      route?.spec.errors?.map(({ code }) => code),
      path,
    ).toContain('reviews/not-for-guests')
  }
})

describe('an erased account', () => {
  it('and staff who decide about what it reported do not stop each other', async () => {
    const { id } = await shop.shown()
    const reader = testUser(uuidv7())
    await report(id, reader)
    const erased = await shop.db.tx(async (tx) => {
      await lockReview(tx, id)
      const erasing = shop.deliver(UserDeleted({ userId: reader.id }))
      await eventually(async () => {
        const waiting = await shop.database.admin`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        if (waiting.length === 0) throw new Error('the erasure has not come so far')
      })
      await decide({ kit: { outbox: shop.running.outbox } } as Deps, tx, id, { decision: 'approve' }, undefined)
      return { erasing }
    })
    await erased.erasing
    expect(await own(id)).toMatchObject({ openReports: 0, state: 'published' })
  })

  it('leaves no note of what was taken away', async () => {
    const author = await shop.known()
    const { id } = (await write(author)).body
    await shop.decide(id, 'hide')
    await withdraw(id, author)
    const notes = () => shop.db.sql`select 1 from taken_away t where t.author_id = ${author.id}`
    expect(await notes()).toHaveLength(1)
    await shop.deliver(UserDeleted({ userId: author.id }))
    expect(await notes()).toHaveLength(0)
  })
})
