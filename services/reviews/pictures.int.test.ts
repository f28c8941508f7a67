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

it('sends a shown review back to staff when its author has no other one', async () => {
  const { id, author } = await shop.shown()
  expect((await upload(id, author, await picture('gold'))).body.state).toBe('pending')
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
