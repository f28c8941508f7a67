import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testUser, type TestService } from '#kit/testing/service.ts'
import { aProduct, given, type Json, shopper, staff, startShop } from './testing/shop.ts'

let shop: TestService
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const stall = testUser('00000000-0000-7000-8000-00000000dddd', ['products:write-own'], ['SELLER'])
const rowsOf = (all: readonly Record<string, string>[]) => all.map((cells, index) => ({ line: index + 2, cells }))
const bringIn = async (rows: readonly Record<string, string>[], { dryRun = false, as = staff } = {}) =>
  await shop.request('POST', '/api/products/import', { body: { dryRun, rows: rowsOf(rows) }, as })
const outcomes = (answer: Json) => answer.body.products.map(({ outcome }: Json) => outcome)
const edit = async (id: string) => (await shop.request('GET', `/api/products/${id}/edit`, { as: staff })).body
const page = async (address: string) => await shop.request('GET', `/api/products/${address}`, { as: staff })

const shirt: readonly Record<string, string>[] = [
  {
    address: 'linen-shirt',
    status: 'active',
    'title.en': 'Linen shirt',
    'title.de': 'Leinenhemd',
    brand: 'Weft',
    tags: 'summer, linen',
    sku: 'linen-s',
    'option.size': 'S',
    price: '39.90',
    weight: '220',
  },
  { address: 'linen-shirt', sku: 'linen-m', 'option.size': 'M', price: '39,90', weight: '230' },
]

describe('a file of products', () => {
  it('brings in a product with its variants, prices, brand and both languages', async () => {
    const answer = await bringIn(shirt)
    expect(outcomes(answer)).toEqual(['created'])
    expect(answer.body.products[0]).toMatchObject({ lines: [2, 3], title: 'Linen shirt', problems: [] })
    expect((await page('linen-shirt')).body).toMatchObject({
      status: 'ACTIVE',
      brand: { name: 'Weft' },
      tags: ['summer', 'linen'],
      variants: [
        { sku: 'linen-s', title: 'S', price: { amount: 3990, currency: 'EUR' }, weightGrams: 220 },
        { sku: 'linen-m', title: 'M', price: { amount: 3990, currency: 'EUR' } },
      ],
    })
  })

  it('changes nothing the second time, and only what it says the third', async () => {
    expect(outcomes(await bringIn(shirt))).toEqual(['same'])
    const cheaper = await bringIn([{ address: 'linen-shirt', sku: 'linen-m', price: '29.90' }])
    expect(outcomes(cheaper)).toEqual(['changed'])
    const { body } = await page('linen-shirt')
    expect(body.variants.map(({ price }: Json) => price.amount)).toEqual([3990, 2990])
    expect([body.title, body.tags]).toEqual(['Linen shirt', ['summer', 'linen']])
  })

  it('finds a product by its SKU where it names no address', async () => {
    const product = aProduct()
    const { id } = await given(shop, product)
    expect(outcomes(await bringIn([{ sku: product.variants[0]!.sku, 'title.en': 'Renamed' }]))).toEqual(['changed'])
    expect((await edit(id)).texts.en.title).toBe('Renamed')
    expect((await edit(id)).texts.de.title).toContain('Becher')
  })

  it('gives every brand its own, also in other letters and where only signs tell them apart', async () => {
    const names = ['Кофе', 'Чай', '赤', 'C', 'C++', 'Кофе']
    const rows = names.map((brand, n) => ({
      address: `branded-${n}`,
      'title.en': 'Branded',
      sku: `branded-${n}`,
      status: 'active',
      brand,
    }))
    expect(outcomes(await bringIn(rows))).toEqual(names.map(() => 'created'))
    const written = await Promise.all(rows.map(async ({ address }) => (await page(address)).body.brand.name))
    expect(written).toEqual(names)
  })

  it('gives every value of an option its own key', async () => {
    const values = ['+1.00', '−1.00', '赤', '青', 'C++', 'C']
    const rows = values.map((value, n) => ({
      address: 'lens',
      ...(n === 0 ? { 'title.en': 'Lens', status: 'active' } : {}),
      sku: `lens-${n}`,
      'option.strength': value,
    }))
    expect(outcomes(await bringIn(rows))).toEqual(['created'])
    const { body } = await page('lens')
    expect(body.variants.map(({ title }: Json) => title)).toEqual(values)
    expect(outcomes(await bringIn(rows))).toEqual(['same'])
  })

  it('keeps nothing of a dry run, and tells the same', async () => {
    const events = (await shop.events()).length
    const answer = await bringIn([{ address: 'ghost', 'title.en': 'Ghost', sku: 'ghost-1', brand: 'Phantom', price: '1' }], {
      dryRun: true,
    })
    expect(answer.body).toMatchObject({ dryRun: true, products: [{ outcome: 'created', id: null }] })
    expect((await page('ghost')).status).toBe(404)
    expect((await shop.request('GET', '/api/brands/phantom')).status).toBe(404)
    expect((await shop.events()).length).toBe(events)
  })

  it('says of every wrong cell where it stands, and brings in the products around it', async () => {
    const answer = await bringIn([
      { address: 'fine', 'title.en': 'Fine', sku: 'fine-1' },
      {
        address: 'wrong',
        'title.en': 'Wrong',
        sku: 'wrong-1',
        price: '1.234,50',
        status: 'sold',
        categories: 'nowhere',
        colour: 'red',
      },
      { address: 'untitled', sku: 'untitled-1' },
      { address: 'taken', 'title.en': 'Taken', sku: 'linen-s' },
    ])
    expect(outcomes(answer)).toEqual(['created', 'refused', 'refused', 'refused'])
    const [, wrong, untitled, taken] = answer.body.products
    expect(wrong.problems.map(({ line, column }: Json) => [line, column])).toEqual([
      [3, 'colour'],
      [3, 'price'],
      [3, 'status'],
      [3, 'categories'],
    ])
    expect(wrong.problems[1].pointer).toBe('/rows/1/cells/price')
    expect(untitled.problems[0]).toMatchObject({ line: 4, pointer: '/rows/2' })
    expect(taken.problems[0]).toMatchObject({ line: 5, message: 'Another variant has this SKU.' })
    expect((await page('wrong')).status).toBe(404)
  })

  it('tells the line of a variant that contradicts the others, and takes no SKU twice', async () => {
    const answer = await bringIn([
      { address: 'sock', 'title.en': 'Sock', sku: 'sock-1', 'option.size': 'S' },
      { address: 'sock', sku: 'sock-2' },
    ])
    expect(answer.body.products[0].problems[0]).toMatchObject({ line: 3, column: null })
    const twice = await bringIn([
      { address: 'sock', 'title.en': 'Sock', sku: 'sock-1', 'option.size': 'S' },
      { address: 'sock', sku: 'sock-1', 'option.size': 'M' },
    ])
    expect(twice.body.products[0].problems[0]).toMatchObject({ line: 3, column: 'sku' })
  })

  it('refuses what a request could not say either', async () => {
    const answer = await bringIn([{ address: 'long', 'title.en': 'x'.repeat(301), sku: 'long-1', barcode: '9'.repeat(65) }])
    expect(answer.body.products[0].problems.map(({ message }: Json) => message.split(' ')[0]).sort()).toEqual([
      '/texts/en/title',
      '/variants/0/barcode',
    ])
  })

  it('keeps nobody waiting while another is brought in: it says when to come again', async () => {
    await shop.db.tx(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtext('products import'))`
      const answer = await bringIn(shirt)
      expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([409, 'products/import-running', '1'])
    })
    expect((await bringIn(shirt)).status).toBe(200)
  })

  it('is for those who write products, and of a bounded size', async () => {
    for (const as of [shopper, stall]) expect((await bringIn(shirt, { as })).status).toBe(403)
    expect((await bringIn(Array.from({ length: 201 }, (_, n) => ({ sku: `many-${n}` })))).status).toBe(400)
    expect((await bringIn(Array.from({ length: 40 }, () => ({ 'description.en': 'x'.repeat(40_000) })))).status).toBe(413)
  })
})

describe('the file that the shop writes', () => {
  /** without the mark that tells spreadsheets how to read it */
  const exported = async () => {
    const text = (await shop.request('GET', '/api/products/export', { as: staff })).raw.toString()
    expect(text.at(0)).toBe('\uFEFF')
    return text.slice(1)
  }

  it('can be brought in again and changes nothing', async () => {
    await given(
      shop,
      aProduct({ texts: { en: { title: '-20 % on cups', description: 'two\nlines, "quoted"' } }, tags: ['a', 'b'] }),
    )
    const [head = [], ...lines] = parse(await exported())
    const rows = lines.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ''])))
    expect(rows.length).toBeGreaterThan(3)
    const answer = await bringIn(rows)
    expect(answer.body.products.filter(({ outcome }: Json) => outcome !== 'same')).toEqual([])
  })

  it('has no cell that a spreadsheet would calculate', async () => {
    await given(shop, aProduct({ texts: { en: { title: '=HYPERLINK("http://evil.example")' } } }))
    const cells = parse(await exported()).flat()
    expect(cells).toContain('\'=HYPERLINK("http://evil.example")')
    expect(cells.filter((cell) => /^[\s\0]*[=+\-@]/.test(cell))).toEqual([])
  })

  it('is for those who write products', async () => {
    for (const as of [shopper, stall]) expect((await shop.request('GET', '/api/products/export', { as })).status).toBe(403)
  })
})

/** Enough of RFC 4180 for what we write. */
function parse(text: string): string[][] {
  const lines: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    lines.at(-1)!.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\r\n') lines.push([])
    if (end === '') break
  }
  return lines.filter((cells) => cells.length > 1)
}
