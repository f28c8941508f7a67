import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { client, expectStatus } from '../e2e/client.ts'
import { embeddedDatabaseUrl } from '../e2e/embedded-database.ts'
import { address } from '../e2e/stock-the-shop.ts'
import { openShopAndBrowser, type ShopAndBrowser } from './shop-and-browser.ts'
import { answer, atScreen, employ } from './staff-door.ts'

let stage: ShopAndBrowser
let sql: postgres.Sql

beforeAll(async () => {
  stage = await openShopAndBrowser({ cup: { title: 'Blue cup', price: 2000, units: 50 } }, { pages: ['/', '/admin'] })
  sql = postgres(await embeddedDatabaseUrl(stage.shop.folder), { max: 1, onnotice() {} })
}, 200_000)
afterAll(async () => {
  await sql?.end()
  await stage?.close()
})

async function buy(): Promise<string> {
  const order = {
    items: [{ sku: 'cup', quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
  }
  return expectStatus(await client(stage.shop.url).post('/api/orders', order), 201).body.id as string
}

/** Mails for this order failed: its first event is dead, the next one waits. Both were handled before, so that trying again does no harm. */
async function failFor(order: string): Promise<void> {
  const passed = () => sql`
    select l.*, case when l.type like 'OrderCreated%' then 'dead' else 'waiting' end as state
      from bus.log l join notifications.cursors c on c.consumer = 'notifications' and c.topic = l.topic and c.partition = l.partition
     where l.key = ${order} and (l.type like 'OrderCreated%' or l.type like 'OrderConfirmed%') and c.next_offset > l."offset"`
  await eventually(async () => expect(await passed()).toHaveLength(2), { timeoutMs: 30_000 })
  await sql`
    insert into notifications.parked (consumer, topic, partition, "offset", key, event_id, type, value, state, attempts, error_code,
           error_message, error_stack, died_at, dlq_published)
    select 'notifications', p.topic, p.partition, p."offset", p.key, p.event_id, p.type, p.value, p.state, 5, 'notifications/no-template',
           'no words for order ' || p.key, ${'Error: no words\n    at templateOf (templates.ts:12:3)'},
           case p.state when 'dead' then now() end, true
      from (${passed()}) p`
}

describe('events that could not be handled', () => {
  it('are counted by their error, shown whole with what waits behind them, and all tried again at once', async () => {
    const orders = [await buy(), await buy()]
    for (const order of orders) await failFor(order)
    const operator = await employ(stage.shop.url, stage.staff, 'operator@example.com', 'OPERATIONS')
    const { page, complaints, close } = await atScreen(stage, '/dead-letters', operator)
    const pattern = page.getByRole('row').filter({ hasText: 'no words for order <id>' })
    expect(await pattern.getByRole('cell').first().textContent()).toBe('2')
    await pattern.getByRole('button', { name: 'Only these' }).click()
    expect(await page.getByLabel('Service').inputValue()).toBe('notifications')
    await page
      .getByRole('table', { name: 'Dead letters' })
      .getByRole('button', { name: /^OrderCreated/ })
      .first()
      .click()
    await page.getByText('templateOf (templates.ts:12:3)').waitFor()
    await page.locator('pre', { hasText: '"specversion"' }).waitFor()
    await page.getByRole('listitem').filter({ hasText: 'OrderConfirmed' }).waitFor()
    await answer(page, 'Try all again')
    await page.getByRole('status').filter({ hasText: '2 events are handled again.' }).waitFor()
    await page.getByText('No dead letter fits.').waitFor()
    await eventually(async () => expect(await sql`select 1 from notifications.parked`).toHaveLength(0), { timeoutMs: 30_000 })
    expect(complaints).toEqual([])
    await close()
  })
})
