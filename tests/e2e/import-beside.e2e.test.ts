import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { expectStatus, signIn } from './client.ts'
import { expectedSums, onlineRetailFile, saveFile, sumsOf } from './online-retail-file.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'
import type { Line } from './souk-command.ts'

let folder: string
let shop: Shop
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk-import-'))
  shop = await openShop(calm)
})
afterAll(async () => {
  await shop?.remove()
  await rm(folder, { recursive: true, force: true })
})

describe('an import beside the running shop', () => {
  it('tells every line it refused, accounts for the others, and shoppers find the goods', async () => {
    const file = onlineRetailFile({ invoices: 150, seed: 7, broken: true })
    const path = await saveFile(join(folder, 'broken.csv.gz'), file)
    const run = await shop.command('import', 'online-retail', path)
    expect(run.errors).toBe('')
    expect(run.code).toBe(0)
    const summary = run.lines.at(-1) as {
      refused: { reason: string; lines: number; firstLines: number[] }[]
      refusedLines: number
    }
    expect(summary.refusedLines).toBe(file.broken.length)
    expect(summary.refused.flatMap(({ firstLines }) => firstLines).sort((a, b) => a - b)).toEqual(
      expect.arrayContaining([...file.broken].slice(0, 4)),
    )
    expect(summary.refused.map(({ reason }) => reason).sort()).toEqual([
      'bad-invoice',
      'sub-penny-price',
      'unclosed-quote',
      'wrong-columns',
    ])

    const report = (await shop.command('report', 'revenue', '--by', 'month', '--source', 'online-retail')).lines.at(-1) as Line
    expect(sumsOf(report)).toEqual(expectedSums(file))
    expect((report.lines as { total: number }).total).toBe(file.lines)
    // The refused lines stay refused and are counted once.
    await shop.command('import', 'online-retail', await saveFile(join(folder, 'broken.csv'), file))
    expect((await shop.command('report', 'revenue', '--by', 'month', '--source', 'online-retail')).lines.at(-1)).toEqual(report)

    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    const { items } = expectStatus(await staff.get('/api/orders?channel=online-retail&limit=50'), 200).body
    const orders = items as { status: string; placedAt: string }[]
    expect(orders.length).toBe(50)
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['COMPLETED']))
    expect(expectStatus(await staff.get('/api/orders/reports/revenue?by=month&source=online-retail'), 200).body.lines).toEqual(
      report.lines,
    )
    // A new channel is known to the edge within seconds.
    await eventually(
      async () =>
        expect(
          expectStatus(await staff.get('/api/products?limit=10', { 'x-channel': 'online-retail' }), 200).body.items.length,
        ).toBe(10),
      { timeoutMs: 20_000, everyMs: 250 },
    )
    expect((await shop.command('invariants')).code).toBe(0)
  }, 240_000)
})
