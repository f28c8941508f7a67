import { expect } from 'vitest'
import { DeliveryCompleted, ShipmentDispatched } from '#contracts/events/delivery.ts'
import type { Principal } from '#kit/core/principal.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { type Shop, staff } from './shop.fixture.ts'

type Options = { as?: Principal; headers?: Record<string, string> }

export const asGuest = (placed: { body: { guestToken: string } }) => ({ headers: { 'x-guest-token': placed.body.guestToken } })

export const STATUSES = ['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CANCELLED', 'RETURNED'] as const
export type Status = (typeof STATUSES)[number]
/** Where staff may move a status, written down a second time and from the outside. */
export const WAYS: Readonly<Record<Status, readonly Status[]>> = {
  PENDING: ['CANCELLED'],
  CONFIRMED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: ['COMPLETED', 'RETURNED'],
  COMPLETED: ['RETURNED'],
  CANCELLED: [],
  RETURNED: [],
}

const shipment = (orderId: string) => ({ shipmentId: uuidv7(), orderId, carrier: 'post', trackingNumber: null, imported: false })
/** A parcel of the order has left, `remaining` are still to leave. */
export const dispatched = (orderId: string, remaining = 0) => ShipmentDispatched({ ...shipment(orderId), lines: [], remaining })
export const delivered = (orderId: string, remaining = 0) => DeliveryCompleted({ ...shipment(orderId), remaining })

/** What moves an order, and what is seen of it afterwards. `openedShop` is asked at each call: a test file opens its shop before all tests. */
export function movesIn(openedShop: () => Shop) {
  const ask: Shop['service']['request'] = (...request) => openedShop().service.request(...request)
  const cancel = (id: string, options: Options = { as: staff }, body: object | undefined = {}) =>
    ask('PUT', `/api/orders/${id}/cancel`, { body, ...options })
  const patchStatus = (id: string, status: string, options: Options = { as: staff }) =>
    ask('PATCH', `/api/orders/${id}/status`, { body: { status }, ...options })
  const statusOf = async (id: string) => (await ask('GET', `/api/orders/${id}`, { as: staff })).body.status as string
  const timeline = async (id: string) =>
    (await ask('GET', `/api/orders/${id}/timeline`, { as: staff })).body.items as {
      to: string
      actor: string
      note: string | null
    }[]
  const typesOf = async (id: string) =>
    (await openedShop().service.events()).filter(({ subject }) => subject === id).map(({ type }) => type)
  /** Goes on with every process that is due. */
  const recover = async () => {
    for (let round = 0; round < 10 && (await openedShop().service.running.processes.recoverOnce()) > 0; round += 1);
  }
  /** Places an order and moves it to `status` along the way that orders go. */
  async function orderIn(status: string): Promise<string> {
    const shop = openedShop()
    const placed = await shop.order(status === 'PENDING' ? { paymentMethodId: undefined } : {})
    const { id } = placed.body
    if (status === 'CANCELLED') await cancel(id)
    if (['SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED'].includes(status)) {
      shop.world.parcels.get(id)!.state = 'gone'
      await shop.service.deliver(dispatched(id))
    }
    if (['DELIVERED', 'COMPLETED', 'RETURNED'].includes(status)) await shop.service.deliver(delivered(id))
    if (status === 'COMPLETED' || status === 'RETURNED') await patchStatus(id, status)
    expect(await statusOf(id)).toBe(status)
    return id
  }
  return { cancel, patchStatus, statusOf, timeline, typesOf, recover, orderIn }
}
