import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client, expectStatus, signIn } from './client.ts'
import { quick } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

/** More than a page of an export, which is a thousand rows. */
const INVOICES = 1050
const CODES = Array.from({ length: INVOICES }, (_, index) => String(20_000 + index))

let folder: string
let shop: Shop
let orderNumber: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-export-'))
  shop = await openShop(quick)
  const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
  await sell(staff, 'trap', { price: 995, title: '=1+1, "the trap"' })
  const placed = await client(shop.url).post('/api/orders', {
    items: [{ sku: 'trap', quantity: 2 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  })
  orderNumber = expectStatus(placed, 201).body.number
  const rows = CODES.map(
    (code, index) =>
      `${580_000 + index},${code},THING ${index},1,2011-12-0${1 + (index % 9)} 08:26:00,1.50,${12_000 + index}.0,Germany`,
  )
  const file = join(folder, 'history.csv')
  await writeFile(file, `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n${rows.join('\n')}\n`)
  const imported = await shop.command('import', 'online-retail', file)
  expect({ code: imported.code, errors: imported.errors }).toEqual({ code: 0, errors: '' })
}, 120_000)
afterAll(async () => {
  await shop?.remove()
  await rm(folder, { recursive: true, force: true })
})

const exported = async (what: string, name: string, ...options: string[]) => {
  const file = join(folder, name)
  const { code, lines, errors } = await shop.command('export', what, '--out', file, ...options)
  return { code, lines, errors, text: await readFile(file, 'utf8') }
}
const records = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Ours, and none twice; others may have ordered in this shop before. */
function expectOnceEach(orders: readonly Record<string, unknown>[]) {
  const ids = new Set(orders.map(({ orderId }) => orderId))
  expect(ids.has(undefined)).toBe(false)
  expect(ids.size).toBe(orders.length)
  expect(orders.filter(({ channel }) => channel === 'online-retail')).toHaveLength(INVOICES)
  expect(orders.filter(({ number }) => number === orderNumber)).toHaveLength(1)
}

describe('an export of a running shop', () => {
  it('holds every order exactly once, page after page, with what the shop says of it', async () => {
    const { code, lines, errors, text } = await exported('orders', 'orders.jsonl', '--format', 'jsonl')
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    const orders = records(text)
    expectOnceEach(orders)
    expect(orders.find((order) => order.number === orderNumber)).toMatchObject({
      email: 'ann@example.com',
      items: 2,
      country: 'DE',
    })
    expect(lines.at(-1)).toEqual({
      exported: 'orders',
      count: orders.length,
      file: join(folder, 'orders.jsonl'),
      format: 'jsonl',
    })
  }, 60_000)

  it('tells how far it is while it works', async () => {
    const { lines, text } = await exported('products', 'progress.csv')
    const progress = lines.filter((line) => line.progress === 'products')
    expect(progress.at(-1)).toMatchObject({ done: text.trimEnd().split('\r\n').length - 1 })
  })

  it('names its columns and lets no spreadsheet calculate what a title says', async () => {
    const { text, lines } = await exported('products', 'products.csv', '--format', 'csv')
    const [head, ...rows] = text.trimEnd().split('\r\n')
    expect(head!.split(',').slice(0, 4)).toEqual(['sku', 'productId', 'variantId', 'title'])
    const skus = new Set(rows.map((row) => row.split(',')[0]))
    expect(skus.size).toBe(rows.length)
    expect(CODES.filter((code) => !skus.has(code))).toEqual([])
    expect(rows.find((row) => row.startsWith('trap,'))).toContain(`"'=1+1, ""the trap""",`)
    expect(lines.at(-1)).toMatchObject({ exported: 'products', count: rows.length, format: 'csv' })
  })

  it('keeps personal data from other users of the machine', async () => {
    const { text } = await exported('customers', 'customers.jsonl', '--format', 'jsonl')
    expect(records(text).map((customer) => customer.email)).toContain('admin@example.com')
    expect((await stat(join(folder, 'customers.jsonl'))).mode & 0o077).toBe(0)
  })

  it('goes to standard output where no file is named, rows only', async () => {
    const { code, lines } = await shop.command('export', 'orders')
    expect(code).toBe(0)
    expectOnceEach(lines)
  })
})

describe('an export that cannot be made', () => {
  it.each([
    [['everything'], 2, 'everything cannot be exported. There are: products, customers, orders.'],
    [['orders', '--format', 'xlsx'], 2, 'There is no format xlsx. Write csv or jsonl.'],
    [[], 2, 'export'],
  ])('says what there is: %j', async (args, exitCode, words) => {
    const { code, lines, errors } = await shop.command('export', ...args)
    expect(code).toBe(exitCode)
    expect(errors).toContain(words)
    expect(lines[0]).toMatchObject({ error: { exitCode } })
  })

  it('leaves neither a half file nor the one before damaged', async () => {
    const kept = join(folder, 'kept.csv')
    await writeFile(kept, 'yesterday')
    const nowhere = await shop.command('export', 'orders', '--out', join(folder, 'no-such-folder', 'orders.csv'))
    expect(nowhere.code).toBe(1)
    expect(nowhere.errors).toMatch(/no-such-folder.*does not exist/)
    // a folder stands where the unfinished file would be written
    const { code, errors } = await shop.command('export', 'orders', '--out', folder)
    expect(code).toBe(1)
    expect(errors).toMatch(/is a folder/)
    expect(await readFile(kept, 'utf8')).toBe('yesterday')
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})
