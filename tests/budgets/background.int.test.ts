import { Create } from 'typebox/value'
import { expect, it } from 'vitest'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { OrderConfirmed, OrderCreated } from '#contracts/events/orders.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Event, NewEvent } from '#kit/messaging/event.ts'
import { startService } from '#kit/testing/service.ts'
import { loadServices } from '../../apps/souk/load.ts'

const EVENTS = 200
const EUR = { amount: 2985, currency: 'EUR' }

/** What events of a checkout find when the checkout has done its steps already: as a rule nothing is left to do. */
function order(): Parameters<typeof OrderConfirmed>[0] {
  const line = { lineId: uuidv7(), productId: uuidv7(), sku: 'mug', quantity: 1, unitPrice: 995, total: 995 }
  return {
    orderId: uuidv7(), number: 'ORD-0123456789', channel: 'web', customerId: null, locale: 'en', imported: false, total: EUR, lines: [line as never],
  } as never // biome-ignore format: facts in a row
}

const budgets: readonly [service: string, statements: number, make: (n: number) => NewEvent][] = [
  ['notifications', 1, () => OrderCreated({ ...order(), placedAt: new Date().toISOString() } as never) as NewEvent],
  ['notifications', 1, () => OrderConfirmed(order()) as NewEvent],
  ['orders', 1, () => OrderConfirmed(order()) as NewEvent],
  ['inventory', 1, () => OrderConfirmed(order()) as NewEvent],
  ['products', 1, (n) => InventoryUpdated({ sku: `sku-${n}`, onHand: 5, reserved: 0, available: 5 }) as NewEvent],
  ['cart', 2, (n) => InventoryUpdated({ sku: `sku-${n}`, onHand: 5, reserved: 0, available: 5 }) as NewEvent],
]

it.each(budgets)(`%s handles ${EVENTS} events of a checkout with %i statements at most`, async (name, statements, make) => {
  const found = (await loadServices({ root: new URL('../../', import.meta.url), extensions: [] })).find(
    ({ service }) => service.name === name,
  )!
  const shop = await startService(found.service, {
    settings: found.service.settings ? (Create(found.service.settings) as never) : {},
  })
  try {
    const events = Array.from({ length: EVENTS }, (_, n) => delivered(make(n)))
    const reactions = shop.running.reactions.filter(({ event }) => event.type === events[0]!.type)
    expect(reactions.length).toBeGreaterThan(0)
    let count = 0
    await shop.db.tx(async (tx) => {
      const counted = new Proxy(tx, {
        apply: (target, self, args) => {
          count += 1
          return Reflect.apply(target as never, self, args)
        },
      }) as Tx
      for (const { handleMany } of reactions) await handleMany!(events, { tx: counted })
    })
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(statements)
  } finally {
    await shop.close()
  }
})

function delivered(event: NewEvent): Event {
  return {
    specversion: '1.0',
    id: event.id,
    source: 'test',
    type: event.type,
    subject: event.key,
    time: event.time,
    datacontenttype: 'application/json',
    traceid: 'a'.repeat(32),
    correlationid: 'a checkout',
    sequence: '1',
    data: event.data,
  }
}
