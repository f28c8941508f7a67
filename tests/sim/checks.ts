import { holdsMoney, isSettled } from '../../services/payments/payment.ts'
import { mayMove } from '../../services/orders/order.ts'
import type { World } from './world.ts'

/** A rule of the shop was broken. */
export class Violation extends Error {
  readonly rule: string
  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`)
    this.name = 'Violation'
    this.rule = rule
  }
}

/** Must hold after every commit, whatever has just gone wrong. */
export function checkSafety(world: World): void {
  const { stock, company, books, orders } = world
  const held = new Map<string, number>()
  for (const hold of stock.holds.values()) {
    if (hold.state !== 'held') continue
    for (const [sku, units] of hold.units) held.set(sku, (held.get(sku) ?? 0) + units)
  }
  for (const [sku, { onHand, reserved }] of stock.levels) {
    if (onHand < 0 || reserved < 0 || reserved > onHand) {
      throw new Violation('stock is never negative', `${sku}: ${onHand} on hand, ${reserved} held`)
    }
    if (reserved !== (held.get(sku) ?? 0)) {
      throw new Violation('the holds add up', `${sku}: ${reserved} held, the holds say ${held.get(sku) ?? 0}`)
    }
  }
  const captured = new Set<string>()
  for (const payment of company.payments.values()) {
    if (payment.refunded > payment.captured) throw new Violation('no refund beyond what was taken', world.nameOf(payment.orderId))
    if (payment.captured === 0n) continue
    if (captured.has(payment.orderId)) throw new Violation('one capture per order', world.nameOf(payment.orderId))
    captured.add(payment.orderId)
  }
  for (const payment of books.payments.values()) {
    if (payment.refunded + payment.refunding > payment.captured) {
      throw new Violation('no refund beyond what was taken', `books of ${world.nameOf(payment.orderId)}`)
    }
  }
  for (const order of orders.orders.values()) {
    for (let at = 1; at < order.history.length; at += 1) {
      const [from, to] = [order.history[at - 1]!, order.history[at]!]
      if (!mayMove(from, to)) throw new Violation('only legal moves of an order', `${world.nameOf(order.id)}: ${from} → ${to}`)
    }
  }
}

/** Is there still something that has to happen? The first thing found, in words; undefined: everything has come to rest. */
export function unfinished(world: World): string | undefined {
  const { flows, stock, books, database, groups, log } = world
  if (world.outside > 0) return `${world.outside} things outside are under way`
  for (const flow of flows.flows.values()) {
    if (flow.status !== 'done')
      return `the flow ${flow.name} of ${world.nameOf(flow.id)} is ${flow.status} in ${flow.state.slice(0, 60)}`
  }
  for (const [id, hold] of stock.holds) if (hold.state === 'held') return `${world.nameOf(id)} still holds stock`
  for (const payment of books.payments.values()) {
    if (!isSettled(payment.state)) return `the payment of ${world.nameOf(payment.orderId)} is ${payment.state}`
    if (payment.undoAt && holdsMoney(payment)) return `the money of ${world.nameOf(payment.orderId)} is not back`
  }
  for (const refund of books.refunds.values()) {
    if (refund.state === 'requested') return `a refund of ${world.nameOf(refund.orderId)} is open`
  }
  if (database.open > 0) return 'a transaction is under way'
  if (database.outbox.length > 0) return `${database.outbox.length} events wait for the relay`
  for (const group of groups.values()) {
    if (group.parked.size > 0) return `${group.parked.size} events of ${group.name} are parked`
    for (const { topic, partition, next } of group.cursors.values()) {
      const end = log.partitions(topic)[partition]!.length
      if (Number(next) < end) return `${group.name} is at ${next} of ${end} in ${topic}/${partition}`
    }
  }
  return undefined
}

/** Must hold when everything has come to rest. */
export function checkOutcome(world: World, stocked: ReadonlyMap<string, number>): void {
  const { orders, company, stock, warehouse } = world
  const sold = new Map<string, number>()
  const carts = new Set<string>()
  for (const order of orders.orders.values()) {
    const who = world.nameOf(order.id)
    const money = [...company.payments.values()].filter((payment) => payment.orderId === order.id)
    const net = money.reduce((sum, payment) => sum + payment.captured - payment.refunded, 0n)
    const promised = money.some((payment) => payment.state === 'authorized')
    const parcel = warehouse.parcels.get(order.id)
    if (order.status === 'PENDING') throw new Violation('every order ends', `${who} is still PENDING`)
    if (order.status === 'CANCELLED') {
      if (net !== 0n || promised) throw new Violation('a cancelled order costs nothing', `${who}: ${net} taken`)
      if (parcel && parcel.state !== 'cancelled') throw new Violation('a cancelled order is not sent', who)
      continue
    }
    if (net !== BigInt(order.amount) && !promised)
      throw new Violation('a good order is paid', `${who}: ${net} of ${order.amount}`)
    if (parcel?.state === 'cancelled' || !parcel) throw new Violation('a good order is sent', who)
    if (parcel.state === 'dispatched' && order.status !== 'SHIPPED') {
      throw new Violation('an order whose parcel left is shipped', `${who} is ${order.status}`)
    }
    if (carts.has(order.cartId)) throw new Violation('one order per cart', who)
    carts.add(order.cartId)
    for (const { sku, quantity } of order.lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity)
  }
  for (const [sku, units] of stocked) {
    const onHand = stock.levels.get(sku)!.onHand
    if (onHand !== units - (sold.get(sku) ?? 0)) {
      throw new Violation('what was sold has left the shelf', `${sku}: ${onHand} of ${units} left, ${sold.get(sku) ?? 0} sold`)
    }
  }
}

/** Every committed event was published and handled, and nothing else was. */
export function checkEvents(world: World): void {
  const { database, log, relay, witness } = world
  const published = new Set<string>()
  for (const [topic, partitions] of log.topics) {
    if (topic.endsWith('.dlq')) continue
    for (const { eventId, type } of partitions.flat()) {
      if (published.has(eventId) && relay.place !== 'foreign') throw new Violation('once into the log', type)
      published.add(eventId)
      if (!database.committed.has(eventId)) throw new Violation('nothing is published that was not committed', type)
    }
  }
  for (const id of database.committed) {
    if (!published.has(id)) throw new Violation('no event is lost', `${id} was not published`)
    if (!witness.seen.has(id)) throw new Violation('no event is lost', `${id} was not handled`)
  }
}
