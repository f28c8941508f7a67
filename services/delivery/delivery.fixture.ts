import { Create } from 'typebox/value'
import { expect } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, testUser, type TestService } from '#kit/testing/service.ts'
import { invariants } from './invariants.ts'
import { delivery } from './service.ts'
import { Settings } from './settings.ts'
import { anAddress } from './testing/address.ts'

export type Lines = { sku: string; quantity: number }[]
/** What the simulated carriers sign their messages with. */
export const SECRET = 'the carriers know it'
export const staff = testUser(uuidv7(), ['delivery:read-any', 'delivery:write', 'channels:write'])
/** The orders that the shop knows. */
export const orders = new Map<string, { status: string; lines: Lines }>()

/** delivery on a real database, with carriers that lose no time; orders answers from memory. */
export function startDelivery(): Promise<TestService> {
  return startService(delivery, {
    settings: {
      ...Create(Settings),
      simulatedDispatchMs: 0,
      simulatedDeliverMs: 0,
      addressDays: 0,
      simulatedWebhookSecret: SECRET,
    },
    rpc: {
      products: { channel: async () => null },
      orders: {
        order: async ({ orderId }: { orderId: string }) => {
          const order = orders.get(orderId)
          if (!order) return null
          const total = { amount: 1, currency: 'EUR' }
          const lines = order.lines.map((line) => ({ ...line, lineId: uuidv7(), title: line.sku, unitPrice: 1, total: 1 }))
          return {
            orderId,
            number: 'ORD-1',
            status: order.status,
            channel: 'web',
            locale: 'en',
            customerId: null,
            email: null,
            total,
            placedAt: new Date().toISOString(),
            address: anAddress(),
            guestToken: null,
            lines,
            awaitsPayment: false,
          }
        },
      } as never,
    },
  })
}

/** What plans and moves parcels, and what is seen of them. `started` is asked at each call: a test file starts its shop before all tests. */
export function parcelsIn(started: () => TestService) {
  const plan = async (orderId: string, lines: Lines, more: { orderUnits?: number; optionId?: string; address?: object } = {}) => {
    const shipmentId = uuidv7()
    const orderUnits = more.orderUnits ?? lines.reduce((sum, line) => sum + line.quantity, 0)
    await started().call('createShipment', {
      orderId,
      shipmentId,
      optionId: more.optionId ?? 'home-standard',
      address: anAddress(more.address),
      lines,
      orderUnits,
    })
    return shipmentId
  }
  const types = async (orderId: string) =>
    (await started().events()).filter(({ subject }) => subject === orderId).map(({ type }) => type.replace('.v1', ''))
  const lastOf = async (orderId: string, type: string) =>
    (await started().events(`${type}.v1`)).findLast(({ subject }) => subject === orderId)?.data as Record<string, unknown>
  const see = async (id: string) => (await started().request('GET', `/api/delivery/shipments/${id}`, { as: staff })).body
  const act = (id: string, verb: string, body?: object) =>
    started().request('POST', `/api/delivery/shipments/${id}/${verb}`, { as: staff, body })
  return { plan, types, lastOf, see, act }
}

export async function expectInvariants(shop: TestService): Promise<void> {
  for (const { name, sql } of invariants) expect({ name, rows: [...(await shop.db.sql.unsafe(sql))] }).toEqual({ name, rows: [] })
}
