// topology: its own
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Run, souk } from './souk-command.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-recommend-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))
const command = (name: string, ...args: string[]): Run['ended'] => souk(join(folder, name), args).ended

const TASTES = 20
const EACH = 10
const CUSTOMERS = 200

/**
 * Orders with a pattern: everybody has one of twenty tastes and buys only products of it, six before July and three others after, and before July also
 * one of ten articles that everybody takes; one customer in four takes another of these later.
 */
function tasteful(): string {
  const rows = ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country']
  let invoice = 580_000
  const order = (customer: number, day: string, codes: readonly number[]) => {
    invoice += 1
    for (const code of codes)
      rows.push(`${invoice},${code},ARTICLE ${code},1,${day} 10:00:00,1.50,${12_000 + customer}.0,United Kingdom`)
  }
  for (let customer = 0; customer < CUSTOMERS; customer += 1) {
    const taste = 20_000 + (customer % TASTES) * 100
    const own = (at: number) => taste + ((Math.floor(customer / TASTES) * 3 + at) % EACH)
    const common = (at: number) => 30_000 + ((customer + at) % EACH)
    order(customer, '2011-05-10', [own(0), own(1), own(2), common(0)])
    order(customer, '2011-06-10', [own(3), own(4), own(5)])
    order(customer, '2011-07-10', [own(6), own(7), own(8), ...(customer % 4 === 0 ? [common(5)] : [])])
  }
  return `${rows.join('\n')}\n`
}

describe('souk recommend evaluate', () => {
  it('finds what customers buy next at least one and a half times as often as the best sellers do, where they have tastes', async () => {
    const file = join(folder, 'orders.csv')
    await writeFile(file, tasteful())
    const imported = await command('tastes', 'import', 'online-retail', file)
    expect(imported.errors).toBe('')
    expect(imported.code).toBe(0)

    const { code, errors, last } = await command('tastes', 'recommend', 'evaluate', '--split', '2011-07-01')
    expect(errors).toBe('')
    expect(code).toBe(0)
    const { hitRateAt10, popularityHitRateAt10, ndcgAt10, coverage, users } = last as Record<string, number>
    expect(users).toBe(CUSTOMERS)
    for (const share of [hitRateAt10, popularityHitRateAt10, ndcgAt10, coverage]) {
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThanOrEqual(1)
    }
    expect(hitRateAt10! / popularityHitRateAt10!).toBeGreaterThanOrEqual(1.5)
    expect(last['ratio']).toBeCloseTo(hitRateAt10! / popularityHitRateAt10!, 2)
    // The four products of a taste that somebody does not have yet are most of what can be right at all.
    expect(hitRateAt10).toBeGreaterThan(0.8)
  }, 120_000)

  it('says what is missing: the day, purchases, customers who came back', async () => {
    expect((await command('tastes', 'recommend', 'evaluate')).code).toBe(2)
    expect((await command('tastes', 'recommend', 'evaluate', '--split', '2011-02-30')).code).toBe(2)
    for (const [shop, split] of [
      ['tastes', '2011-08-01'],
      ['nothing', '2011-07-01'],
    ] as const) {
      const { code, last } = await command(shop, 'recommend', 'evaluate', '--split', split)
      expect(code).toBe(1)
      expect(last).toMatchObject({ error: { message: expect.any(String), mend: expect.any(String) } })
    }
  }, 120_000)
})
