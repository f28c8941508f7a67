import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { UserDeleted } from '#contracts/events/users.ts'
import type { Principal } from '#kit/core/principal.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { testUser } from '#kit/testing/service.ts'
import { openReviews, staff, type TestReviews } from './testing/shop.ts'

let shop: TestReviews
beforeAll(async () => {
  shop = await openReviews()
})
afterAll(() => shop.close())

const picture = (background: string) =>
  sharp({ create: { width: 200, height: 100, channels: 3, background } })
    .png()
    .toBuffer()
const upload = (id: string, as: Principal, raw: Buffer, type = 'image/png') =>
  shop.request('POST', `/api/reviews/${id}/pictures`, { as, raw, headers: { 'content-type': type } })
const look = (url: string) => shop.request('GET', url)

it('a picture is seen by its author and staff while the review waits, and by everybody once it is shown', async () => {
  const author = await shop.buyer()
  const { id } = (await shop.write(author)).body
  const sent = await upload(id, author, await picture('tomato'))
  expect(sent.status).toBe(201)
  const [shown] = sent.body.pictures
  const address = shown.renditions[0].url as string
  const bare = address.split('?')[0]!
  expect((await look(address)).headers).toMatchObject({ 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' })
  expect((await look(bare)).status).toBe(404)
  expect((await look(address.replace(/until=\d+/, 'until=99999999999'))).status).toBe(404)
  const [waiting] = (await shop.request('GET', '/api/reviews/queue', { as: staff })).body.items
  expect((await look(waiting.pictures[0].renditions[0].url)).status).toBe(200)
  await shop.decide(id, 'approve')
  expect((await look(bare)).status).toBe(200)
  expect((await shop.list('&pictures=true'))[0].pictures).toHaveLength(1)
  await shop.decide(id, 'hide')
  expect((await look(bare)).status).toBe(404)
})

it('is what its bytes say, at most five, of the own review, and once the same', async () => {
  const author = await shop.buyer()
  const { id } = (await shop.write(author)).body
  expect((await upload(id, testUser(uuidv7()), await picture('red'))).status).toBe(404)
  expect((await upload(id, author, Buffer.from('<svg onload=alert(1)>'), 'image/png')).body.code).toBe('reviews/not-an-image')
  expect((await upload(id, author, await picture('red'), 'image/webp')).body.code).toBe('reviews/not-an-image')
  expect((await upload(id, author, Buffer.concat([(await picture('red')).subarray(0, 60)]))).body.code).toBe(
    'reviews/broken-image',
  )
  for (const colour of ['red', 'red', 'green', 'blue', 'white', 'black'])
    expect((await upload(id, author, await picture(colour))).status).toBe(201)
  expect((await upload(id, author, await picture('pink'))).body.code).toBe('reviews/too-many-pictures')
})

it('waits for staff when it is added to a shown review, whose words stay shown', async () => {
  // somebody whose reviews are shown at once, without a look
  const author = await shop.known()
  const { id } = (await shop.write(author, { text: 'Fine mugs, all of them.' })).body
  const sent = await upload(id, author, await picture('gold'))
  expect(sent.body).toMatchObject({ state: 'published', pictures: [{ waiting: true }] })
  const signed = sent.body.pictures[0].renditions[0].url as string
  const bare = signed.split('?')[0]!
  const shown = async () => (await shop.list('&sort=newest&limit=100')).find((one: { id: string }) => one.id === id)
  const withPictures = (await shop.summary()).withPictures
  expect((await shown()).pictures).toEqual([])
  expect((await shop.list('&pictures=true')).map((one: { id: string }) => one.id)).not.toContain(id)
  expect((await look(bare)).status).toBe(404)
  expect((await look(signed)).status).toBe(200)
  const queued = async () =>
    (await shop.request('GET', '/api/reviews/queue?limit=100', { as: staff })).body.items.find(
      (one: { id: string }) => one.id === id,
    )
  expect(await queued()).toMatchObject({ state: 'published', picturesWaiting: 1 })
  expect((await shop.events('ReviewFlagged.v1')).at(-1)?.data).toMatchObject({ reviewId: id, by: 'rules', reasons: ['pictures'] })
  expect(await shop.violations()).toEqual([])

  // staff have seen one picture; another one came meanwhile
  const { version } = await queued()
  await upload(id, author, await picture('silver'))
  const late = await shop.request('POST', `/api/reviews/${id}/approve`, {
    as: staff,
    body: {},
    headers: { 'if-match': `"${version}"` },
  })
  expect(late.status).toBe(412)
  expect((await shown()).pictures).toEqual([])

  expect((await shop.decide(id, 'approve')).body).toMatchObject({ state: 'published', picturesWaiting: 0 })
  expect((await shown()).pictures).toHaveLength(2)
  expect((await look(bare)).status).toBe(200)
  expect((await shop.summary()).withPictures).toBe(withPictures + 1)
  expect(await queued()).toBeUndefined()
  expect(await shop.violations()).toEqual([])
})

it('waits also where the words come to be shown without staff after it was added', async () => {
  const author = await shop.known()
  const { id, state } = (await shop.write(author, { text: 'See www.mugs.example for more.' })).body
  expect(state).toBe('pending')
  await upload(id, author, await picture('coral'))
  const edited = await shop.request('PATCH', `/api/reviews/${id}`, { as: author, body: { text: 'Fine mugs, as I said.' } })
  expect(edited.body).toMatchObject({ state: 'published', pictures: [{ waiting: true }] })
  const [first] = (await shop.list('&sort=newest&limit=100')).filter((one: { id: string }) => one.id === id)
  expect(first.pictures).toEqual([])
})

it('waits also where its author has no other review: the words stay', async () => {
  const { id, author } = await shop.shown()
  expect((await upload(id, author, await picture('gold'))).body).toMatchObject({
    state: 'published',
    pictures: [{ waiting: true }],
  })
})

it('is taken away by staff alone, the words stay; nobody else takes it away', async () => {
  const { id, author } = await shop.shown()
  const [{ id: pictureId }] = (await upload(id, author, await picture('plum'))).body.pictures
  const remove = (as: Principal) => shop.request('DELETE', `/api/reviews/${id}/pictures/${pictureId}`, { as })
  expect((await remove(testUser(uuidv7()))).status).toBe(403)
  expect((await remove(staff)).status).toBe(204)
  expect((await shop.request('GET', `/api/reviews/${id}`, { as: author })).body).toMatchObject({
    state: 'published',
    pictures: [],
  })
  expect(await shop.violations()).toEqual([])
})

it('leaves nothing behind when it is taken away, or with the review, or with its author', async () => {
  const files = async () => {
    let count = 0
    for await (const _ of shop.objects.list('reviews/')) count += 1
    return count
  }
  await shop.runJob('reviews-delete-files')
  const before = await files()
  const author = await shop.buyer()
  const { id } = (await shop.write(author)).body
  const first = (await upload(id, author, await picture('navy'))).body.pictures[0].id
  await upload(id, author, await picture('olive'))
  expect(await files()).toBeGreaterThan(before)
  expect((await shop.request('DELETE', `/api/reviews/${id}/pictures/${first}`, { as: author })).status).toBe(204)
  await shop.deliver(UserDeleted({ userId: author.id }))
  await shop.runJob('reviews-delete-files')
  expect(await files()).toBe(before)
})
