import { DeliveryCompleted, ShipmentDispatched } from '#contracts/events/delivery.ts'
import { DomainError } from '#kit/core/errors.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import { startService, type TestAnswer, type TestService, testUser } from '#kit/testing/service.ts'
import { cancelOrderProcess } from '../../processes/cancel-order/cancel-order.process.ts'
import { checkoutProcess } from '../../processes/checkout/checkout.process.ts'
import { exchangeProcess } from '../../processes/exchange/exchange.process.ts'
import { returnProcess } from '../../processes/return/return.process.ts'
import { ordersService } from '../../services/orders/service.ts'

type Line = { sku: string; quantity: number }
type Amount = { amount: number; currency: string }
type Call<Name extends string, Input> = { readonly call: Name; readonly input: Input }

/** What the other services would say and remember; change it during a test. */
export interface World {
  /** minor units; a SKU without a price is not on sale */
  readonly prices: Map<string, number>
  readonly soldOut: Set<string>
  pricesIncludeTax: boolean
  taxBasisPoints: number
  /** by order: what was taken and given back */
  readonly money: Map<string, { taken: number; back: number }>
  /** refunds by id, each made once */
  readonly refunds: Map<string, { orderId: string; amount: number }>
  readonly restocked: Map<string, Line[]>
  readonly labels: Map<string, Line[]>
  readonly parcels: Set<string>
  /** what payments answers to the next refunds, instead of doing them */
  readonly refundAnswers: ('refused' | 'pending')[]
  noCarrier: boolean
  /** `payments.refund`: done, but the answer is lost, once */
  readonly crashAfter: Set<string>
  /** calls that wait for something before they answer */
  readonly held: Map<string, Promise<unknown>>
  readonly calls: Call<string, unknown>[]
}

export interface ReturnsShop {
  readonly service: TestService
  readonly world: World
  /** places an order and lets it arrive; minor units of the line totals are in the answer's items */
  delivered(lines: Line[], more?: object, as?: Principal): Promise<TestAnswer['body']>
  /** runs the flows until they wait for somebody */
  settle(): Promise<void>
  /** lets the deadline of a flow pass */
  wait(process: string, id: string): Promise<void>
  process(name: string, id: string): Promise<{ status: string; state: { type: string } }>
  ship(orderId: string, arrived?: boolean): Promise<void>
  refunded(orderId: string): number
  close(): Promise<void>
}

export const support = testUser(uuidv7(), [
  'orders:read-any',
  'returns:decide',
  'returns:receive',
  'orders:refund',
  'gift-cards:write',
  'promotions:write',
])
export const warehouse = testUser(uuidv7(), ['orders:read-any', 'returns:receive'])
const address = { name: 'Ann Archer', line1: '1 Market Street', city: 'Berlin', postalCode: '10115', country: 'DE' }
const PRODUCT = '0190a000-0000-7000-8000-00000000abcd'

export async function openReturnsShop(settings: object = {}): Promise<ReturnsShop> {
  const world: World = {
    prices: new Map([
      ['mug', 1000],
      ['cup', 700],
      ['pot', 3333],
      ['jar', 1500],
    ]),
    soldOut: new Set(),
    pricesIncludeTax: true,
    taxBasisPoints: 1900,
    money: new Map(),
    refunds: new Map(),
    restocked: new Map(),
    labels: new Map(),
    parcels: new Set(),
    refundAnswers: [],
    noCarrier: false,
    crashAfter: new Set(),
    held: new Map(),
    calls: [],
  }
  const service = await startService(ordersService, {
    settings: {
      completeAfterDays: 14,
      returnDays: 30,
      returnsSendWithinDays: 30,
      returnsAutoApproveUpTo: 0,
      exchangePayWithinDays: 7,
      ...settings,
    },
    rpc: fakes(world) as never,
    processes: [checkoutProcess, cancelOrderProcess, returnProcess, exchangeProcess],
  })
  const { sql } = service.db
  const shop: ReturnsShop = {
    service,
    world,
    async delivered(items, more = {}, as) {
      const placed = await service.request('POST', '/api/orders', {
        body: { items, email: 'ann@example.com', shippingAddress: address, paymentMethodId: 'tok', ...more },
        ...(as ? { as } : {}),
      })
      if (placed.status !== 201) throw new Error(JSON.stringify(placed.body))
      await shop.ship(placed.body.id)
      return placed.body
    },
    async settle() {
      for (let round = 0; round < 30; round += 1) {
        if ((await service.running.processes.recoverOnce()) === 0) return service.running.processes.flush()
      }
      throw new Error('the flows do not come to rest')
    },
    async wait(process, id) {
      await sql`update processes p set due_at = now() - interval '1 second', lease_until = now() - interval '1 second' where p.name = ${process} and p.id = ${id}`
      await shop.settle()
    },
    async process(name, id) {
      const [row] = await sql<
        { status: string; state: { type: string } }[]
      >`select p.status, p.state from processes p where p.name = ${name} and p.id = ${id}`
      return row!
    },
    async ship(orderId, arrived = true) {
      const shipment = { shipmentId: orderId, orderId, carrier: 'dhl', trackingNumber: 'JD1', imported: false, remaining: 0 }
      await service.deliver(ShipmentDispatched({ ...shipment, lines: [] }))
      if (arrived) await service.deliver(DeliveryCompleted(shipment))
    },
    refunded: (orderId) => world.money.get(orderId)?.back ?? 0,
    close: () => service.close(),
  }
  return shop
}

function fakes(world: World) {
  const known = { paymentId: PRODUCT, method: 'card' as const }
  const services: Record<string, Record<string, (input: never) => Promise<unknown>>> = {
    products: {
      attributes: async () => ({ definitions: [] }),
      price: async ({ lines }: { lines: Line[] }) => ({
        currency: 'EUR',
        pricesIncludeTax: world.pricesIncludeTax,
        lines: lines
          .filter(({ sku }) => world.prices.has(sku))
          .map(({ sku }) => ({
            sku,
            productId: PRODUCT,
            variantId: PRODUCT,
            title: sku,
            variantTitle: '',
            imageUrl: null,
            unitPrice: world.prices.get(sku),
            listPrice: world.prices.get(sku),
            taxClass: 'standard',
            taxRateBasisPoints: world.taxBasisPoints,
            weightGrams: 100,
            requiresShipping: true,
            categoryIds: [],
            giftCard: false,
          })),
        refused: lines.filter(({ sku }) => !world.prices.has(sku)).map(({ sku }) => ({ sku, reason: 'not-on-sale' })),
      }),
    },
    inventory: {
      reserve: async ({ lines }: { lines: Line[] }) => {
        const missing = lines.filter(({ sku }) => world.soldOut.has(sku)).map(({ sku }) => ({ sku, available: 0 }))
        return missing.length > 0
          ? { outcome: 'out-of-stock', skus: missing }
          : { outcome: 'reserved', expiresAt: new Date().toISOString() }
      },
      commit: async () => ({ outcome: 'committed' }),
      release: async () => ({ outcome: 'nothing-held' }),
      giveBack: async (input: { orderId: string; lines: Line[] }) => {
        const { release, restock } = services['inventory']!
        const { outcome } = (await release!(input as never)) as { outcome: string }
        if (outcome === 'committed') await restock!({ ...input, reference: input.orderId } as never)
        return {}
      },
      restock: async ({ reference, lines }: { reference: string; lines: Line[] }) => {
        if (!world.restocked.has(reference)) world.restocked.set(reference, lines)
        return {}
      },
    },
    payments: {
      authorize: async ({ orderId, amount }: { orderId: string; amount: Amount }) => {
        if (!world.money.has(orderId)) world.money.set(orderId, { taken: amount.amount, back: 0 })
        return { outcome: 'captured', ...known }
      },
      status: async ({ orderId }: { orderId: string }) =>
        world.money.has(orderId) ? { outcome: 'captured', ...known } : { outcome: 'none' },
      undo: async ({ orderId }: { orderId: string }) => {
        const payment = world.money.get(orderId)
        if (payment) payment.back = payment.taken
        return { outcome: payment ? 'refunded' : 'nothing' }
      },
      refund: async ({ orderId, refundId, amount }: { orderId: string; refundId: string; amount: Amount }) => {
        const refundable = { amount: 0, currency: 'EUR' }
        if (world.refunds.has(refundId)) return { outcome: 'refunded', refundable }
        const special = world.refundAnswers.shift()
        if (special) return { outcome: special, refundable }
        const payment = world.money.get(orderId)
        if (!payment || payment.back + amount.amount > payment.taken) return { outcome: 'refused', refundable }
        payment.back += amount.amount
        world.refunds.set(refundId, { orderId, amount: amount.amount })
        return { outcome: 'refunded', refundable }
      },
    },
    delivery: {
      options: async ({ currency }: { currency: string }) => ({
        options: [
          { id: 'standard', name: 'Standard', carrier: 'post', price: { amount: 490, currency }, minDays: 1, maxDays: 3 },
        ],
      }),
      createShipment: async ({ shipmentId }: { shipmentId: string }) => {
        world.parcels.add(shipmentId)
        return { shipmentId }
      },
      cancelShipments: async () => ({ outcome: 'stopped' }),
      returnLabel: async ({ returnId }: { returnId: string }) => ({
        labelUrl: world.labels.has(returnId) ? `http://shop.test/label/${returnId}` : null,
      }),
      createReturn: async ({ returnId, lines }: { returnId: string; lines: Line[] }) => {
        if (world.noCarrier) throw new DomainError('rule', 'delivery/bad-address', 'No carrier goes there.')
        if (!world.labels.has(returnId)) world.labels.set(returnId, lines)
        return { shipmentId: PRODUCT, trackingNumber: `RET-${returnId.slice(-6)}` }
      },
    },
    users: { customerGroups: async () => ({ groups: [] }), address: async () => ({ outcome: 'unknown' }) },
    cart: { forCheckout: async () => null, close: async () => ({}) },
  }
  for (const [name, methods] of Object.entries(services)) {
    for (const [method, answer] of Object.entries(methods)) {
      methods[method] = async (input) => {
        world.calls.push({ call: `${name}.${method}`, input })
        await world.held.get(`${name}.${method}`)
        const said = await answer(input)
        if (world.crashAfter.delete(`${name}.${method}`)) throw new Error('the power went off')
        return said
      }
    }
  }
  return services
}
