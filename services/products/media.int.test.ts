import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'
import type { TestService } from '#kit/testing/service.ts'

let shop: TestService
let productId: string
beforeAll(async () => {
  shop = await startShop()
  productId = (await given(shop, aProduct())).id
})
afterAll(() => shop.close())

const picture = (width: number, height: number, background = 'tomato') =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer()
const upload = (raw: Buffer, type = 'image/png', id = productId, as = staff) =>
  shop.request('POST', `/api/products/${id}/images`, { as, raw, headers: { 'content-type': type } })

/** A PNG whose header claims a size that its few bytes could unfold to. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const size = Buffer.alloc(4)
    size.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc(body))
    return Buffer.concat([size, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100_000))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
function crc(bytes: Buffer): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}

describe('a picture', () => {
  it('is stored in several widths and served to everybody, to be kept', async () => {
    const { status, body } = await upload(await picture(1200, 800))
    expect(status).toBe(201)
    expect(body.renditions.map((one: Json) => [one.width, one.height])).toEqual([
      [160, 107],
      [480, 320],
      [960, 640],
      [1200, 800],
    ])
    const served = await shop.request('GET', body.renditions[0].url)
    expect(served.status).toBe(200)
    expect(served.headers).toMatchObject({
      'content-type': 'image/webp',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect((await sharp(served.raw).metadata()).width).toBe(160)
    const page = await shop.request('GET', `/api/products/${productId}`)
    expect(page.body.media[0].renditions).toHaveLength(4)
    const card = (await shop.request('GET', '/api/products')).body.items.find((one: Json) => one.id === productId)
    expect(card.image.url).toBe(body.renditions[1].url)
  })

  it('sent twice is the same picture', async () => {
    const bytes = await picture(50, 50, 'navy')
    const [first, second] = [await upload(bytes), await upload(bytes)]
    expect(second.body.id).toBe(first.body.id)
  })

  it('S18: must be what it says it is', async () => {
    const png = await picture(10, 10)
    expect(await upload(png, 'image/jpeg')).toMatchObject({ status: 415, body: { code: 'products/not-an-image' } })
    expect((await upload(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 'image/png')).status).toBe(415)
    expect((await upload(Buffer.from('<html>'), 'text/html')).status).toBe(415)
    expect(await upload(png.subarray(0, 60))).toMatchObject({ status: 422, body: { code: 'products/broken-image' } })
    expect((await upload(Buffer.alloc(0))).status).toBe(415)
  })

  it('S18: is refused when its few bytes would unfold to too many pixels', async () => {
    expect(await upload(bomb(30_000, 30_000))).toMatchObject({ status: 413, body: { code: 'products/image-too-large' } })
    expect((await upload(Buffer.concat([await picture(4, 4), Buffer.alloc(11 * 1024 * 1024)]))).status).toBe(413)
  })

  it('keeps nothing of what its camera noted', async () => {
    const bytes = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'white' } })
      .jpeg()
      .withExif({ IFD0: { Copyright: 'Somebody at home' } })
      .toBuffer()
    expect(bytes.includes('Somebody at home')).toBe(true)
    const { body } = await upload(bytes, 'image/jpeg')
    expect((await shop.request('GET', body.renditions[0].url)).raw.includes('Somebody at home')).toBe(false)
  })

  it('can be described, moved to the front and taken away', async () => {
    const { id } = await given(shop, aProduct())
    const first = (await upload(await picture(30, 30, 'red'), 'image/png', id)).body
    const second = (await upload(await picture(30, 30, 'blue'), 'image/png', id)).body
    const path = `/api/products/${id}/images/${second.id}`
    expect(
      (await shop.request('PATCH', path, { as: staff, body: { position: 0, alt: { en: 'Blue', de: 'Blau' } } })).body,
    ).toMatchObject({ position: 0 })
    const media = async () => (await shop.request('GET', `/api/products/${id}?locale=de`)).body.media
    expect((await media()).map((one: Json) => [one.id, one.alt])).toEqual([
      [second.id, 'Blau'],
      [first.id, ''],
    ])
    expect((await shop.request('DELETE', path, { as: shopper })).status).toBe(403)
    expect((await shop.request('DELETE', path, { as: staff })).status).toBe(204)
    expect((await media()).map((one: Json) => one.id)).toEqual([first.id])
    expect((await shop.request('GET', second.renditions[0].url)).status).toBe(404)
  })

  it('is uploaded by those who may write the product', async () => {
    expect((await upload(await picture(5, 5), 'image/png', productId, shopper)).status).toBe(403)
  })
})
