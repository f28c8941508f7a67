import type { CancelReason, OrderStatus } from '#contracts/events/orders.ts'
import { OrderCancelled, OrderConfirmed, OrderCreated, OrderShipped, OrderStatusUpdated } from '#contracts/events/orders.ts'
import { cancelOrder } from '#contracts/processes/cancel-order.ts'
import { checkout, type CheckoutResult } from '#contracts/processes/checkout.ts'
import type { StockLine } from '#contracts/values.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { ProcessRunner } from '#kit/process/runner.ts'
import { mayMove } from '../../services/orders/order.ts'
import { unavailable } from './faults.ts'
import { type Unit, unitOf } from './database.ts'
import type { World } from './world.ts'

export interface Order {
  readonly id: string
  readonly key: string
  readonly cartId: string
  readonly lines: readonly StockLine[]
  readonly amount: number
  status: OrderStatus
  reason: CancelReason | null
  response: CheckoutResult | null
  readonly history: OrderStatus[]
}

export interface PlaceInput {
  readonly key: string
  readonly cartId: string
  readonly lines: readonly StockLine[]
  readonly amount: number
  readonly paymentMethodId: string | null
  readonly capture: boolean
  readonly holdSeconds: number
}

/** What the schema `orders` keeps besides its flows. */
export class OrderBooks {
  readonly orders = new Map<string, Order>()
  readonly byKey = new Map<string, string>()
  readonly byCart = new Map<string, string>()
}

/** The commands of services/orders that its flows and customers use, over books in memory; the state machine is the service's own. */
export class OrdersOnMachine {
  readonly #world: World
  readonly #books: OrderBooks
  readonly #runner: () => ProcessRunner

  constructor(world: World, runner: () => ProcessRunner) {
    this.#world = world
    this.#books = world.orders
    this.#runner = runner
  }

  /** POST /api/orders under an Idempotency-Key. */
  async place(input: PlaceInput): Promise<{ orderId: string; result: CheckoutResult }> {
    const { database, orders: books, mutant } = this.#world
    const runner = this.#runner()
    const orderId = this.#world.id()
    const { lines, cartId, paymentMethodId, capture, holdSeconds } = input
    const amount = { amount: input.amount, currency: 'EUR' }
    const flow = runner.prepare(checkout, orderId, {
      orderId,
      channel: 'web',
      customerId: null,
      cartId,
      lines: [...lines],
      amount,
      paymentMethodId,
      capture,
      shippingOptionId: 'home',
      holdSeconds,
      importedAt: null,
    })
    const keys = [`orders key ${input.key}`, `orders cart ${cartId}`, `orders ${orderId}`]
    const known = await database.statement(keys, (unit) => {
      const earlier = books.byKey.get(input.key) ?? books.byCart.get(cartId)
      if (earlier && mutant !== 'no-idempotency-key') return earlier
      const order: Order = { id: orderId, ...input, status: 'PENDING', reason: null, response: null, history: ['PENDING'] }
      books.orders.set(orderId, order)
      books.byKey.set(input.key, orderId)
      books.byCart.set(cartId, orderId)
      this.#world.flows.insert(flow)
      this.#world.name(orderId, 'order')
      unit.append('orders', [
        OrderCreated({ ...factsOf(order), placedAt: new Date().toISOString(), total: amount, lines: lineFacts(order) }),
      ])
      return undefined
    })
    if (known) runner.forget(checkout, orderId)
    return await this.#answer(known ?? orderId)
  }

  async #answer(orderId: string) {
    const earlier = this.#books.orders.get(orderId)!.response
    if (earlier) return { orderId, result: earlier }
    const result = await this.#runner().advance(checkout, orderId)
    if (!result) throw unavailable('the first request is still at work')
    const kept = await this.#world.database.statement([`orders answer ${orderId}`], () => {
      const order = this.#books.orders.get(orderId)!
      order.response ??= result
      return order.response
    })
    return { orderId, result: kept }
  }

  /** PUT /api/orders/{id}/confirm: pay an order that waits for its payment. */
  async pay(orderId: string, paymentMethodId: string): Promise<CheckoutResult | undefined> {
    await this.#runner().post(undefined as never, checkout, orderId, { type: 'pay-requested', paymentMethodId } as {
      type: string
    })
    return await this.#runner().advance(checkout, orderId)
  }

  async confirm(orderId: string): Promise<'confirmed' | 'not-open'> {
    return await this.#world.database.statement([`orders ${orderId}`], (unit) => {
      const order = this.#books.orders.get(orderId)!
      if (order.status === 'PENDING' || this.#world.mutant === 'no-where-status') {
        if (order.status !== 'CONFIRMED') move(order, 'CONFIRMED', unit)
      }
      return order.status === 'PENDING' || order.status === 'CANCELLED' ? 'not-open' : 'confirmed'
    })
  }

  async markCancelled(orderId: string, reason: CancelReason) {
    return await this.#world.database.statement([`orders ${orderId}`], (unit) => {
      const order = this.#books.orders.get(orderId)
      if (!order) return { outcome: 'unknown' as const }
      if (mayMove(order.status, 'CANCELLED')) {
        order.reason = reason
        move(order, 'CANCELLED', unit)
        if (this.#books.byCart.get(order.cartId) === orderId) this.#books.byCart.delete(order.cartId)
      }
      return { outcome: order.status === 'CANCELLED' ? ('cancelled' as const) : ('shipped' as const) }
    })
  }

  /** In a consumer's transaction: the parcel has left. */
  async shipped(tx: unknown, orderId: string): Promise<void> {
    const unit = unitOf(tx)!
    await unit.lock(`orders ${orderId}`)
    const order = this.#books.orders.get(orderId)!
    const from = order.status
    if (from !== 'PENDING' && !mayMove(from, 'SHIPPED')) return
    if (from === 'PENDING') unit.append('orders', eventsOf(order, 'CONFIRMED'))
    unit.append('orders', eventsOf(order, 'SHIPPED'))
    unit.later(() => {
      order.history.push(...(from === 'PENDING' ? (['CONFIRMED', 'SHIPPED'] as const) : (['SHIPPED'] as const)))
      order.status = 'SHIPPED'
    })
  }

  async endCheckout(orderId: string, reason: CancelReason) {
    const runner = this.#runner()
    const ended = async () => {
      const status = await this.#statusOf(orderId)
      return status === 'PENDING' ? undefined : { outcome: status === 'CONFIRMED' ? ('confirmed' as const) : ('over' as const) }
    }
    const before = await ended()
    if (before) return before
    const told = await runner.post(undefined as never, checkout, orderId, { type: 'cancel-requested', reason } as {
      type: string
    })
    const result = await runner.advance(checkout, orderId)
    if (result?.outcome === 'cancelled') return { outcome: told ? ('cancelled' as const) : ('over' as const) }
    const after = await ended()
    if (after) return after
    throw unavailable('the checkout of this order is at work')
  }

  async takeBack(orderId: string, reason: CancelReason): Promise<{ outcome: 'cancelled' | 'too-late' }> {
    const runner = this.#runner()
    const status = await this.#statusOf(orderId)
    if (status === 'CANCELLED') return { outcome: 'cancelled' }
    if (status !== 'CONFIRMED') return { outcome: 'too-late' }
    const lines = [...this.#books.orders.get(orderId)!.lines]
    await runner.start(undefined as never, cancelOrder, orderId, { orderId, reason, lines })
    const result = await runner.advance(cancelOrder, orderId)
    if (!result) throw unavailable('the cancellation is under way')
    return result
  }

  /** A customer or staff cancels. */
  async cancel(orderId: string, reason: CancelReason): Promise<'cancelled' | 'too-late'> {
    if ((await this.endCheckout(orderId, reason)).outcome === 'cancelled') return 'cancelled'
    return (await this.takeBack(orderId, reason)).outcome
  }

  async #statusOf(orderId: string): Promise<OrderStatus | undefined> {
    return await this.#world.database.statement([], () => this.#books.orders.get(orderId)?.status)
  }
}

function move(order: Order, to: 'CONFIRMED' | 'CANCELLED', unit: Unit): void {
  unit.append('orders', eventsOf(order, to))
  order.status = to
  order.history.push(to)
}

function eventsOf(order: Order, to: 'CONFIRMED' | 'CANCELLED' | 'SHIPPED'): NewEvent[] {
  const facts = factsOf(order)
  const total = { amount: order.amount, currency: 'EUR' }
  const moved = OrderStatusUpdated({ ...facts, from: order.status, to })
  if (to === 'CONFIRMED') return [OrderConfirmed({ ...facts, total, lines: lineFacts(order) }), moved]
  if (to === 'SHIPPED') return [OrderShipped({ ...facts, shipmentId: null }), moved]
  return [OrderCancelled({ ...facts, reason: order.reason ?? 'staff', lines: lineFacts(order) }), moved]
}

const factsOf = ({ id }: Order) => ({
  orderId: id,
  number: `ORD-${id.slice(-10)}`,
  channel: 'web',
  customerId: null,
  locale: 'en',
  imported: false,
})

const lineFacts = (order: Order) =>
  order.lines.map(({ sku, quantity }) => ({
    lineId: order.id,
    productId: order.id,
    variantId: order.id,
    sku,
    quantity,
    total: { amount: 0, currency: 'EUR' },
  }))
