import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, client } from '../e2e/client.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import type { ChaosShop } from './chaos-shop.ts'
import type { Random } from './random.ts'

/** Articles of the desk, apart from those of the crowd: what comes back and is changed would not add up there. `dear` costs more, `none` is sold out. */
const skus = { plain: 'desk-plain', dear: 'desk-dear', cheap: 'desk-cheap', none: 'desk-none' }

export interface Desk {
  leave(): Promise<void>
}

/**
 * Staff and customers who change orders, send goods back and exchange them, one after the other and in a shop that is struck all the time: whatever
 * fails is left as it is. They pass the points of the flows that a crowd of buyers never comes to.
 */
export async function openDesk(shop: ChaosShop, staff: () => string, random: Random, clerks = 4): Promise<Desk> {
  const first = await shop.staff()
  await sell(first, skus.plain, { price: 2000, units: 100_000 })
  await sell(first, skus.dear, { price: 3500, units: 100_000 })
  await sell(first, skus.cheap, { price: 500, units: 100_000 })
  await sell(first, skus.none, { price: 900, units: 1 })
  const anybody = client(shop.url)
  const desk = () => client(shop.url, { authorization: `Bearer ${staff()}` })
  let leaving = false

  const place = async (more: object = { paymentMethodId: 'tok_approve' }) => {
    const { body } = fine(
      await anybody.post('/api/orders', {
        items: [{ sku: skus.plain, quantity: 2 }],
        email: `desk-${random.between(0, 2 ** 31).toString(36)}@example.com`,
        shippingAddress: address,
        ...more,
      }),
    )
    return {
      id: body.id as string,
      lineId: body.items[0].lineId as string,
      me: anybody.with({ 'x-guest-token': body.guestToken }),
    }
  }
  const edit = async (lines: object[], paymentMethodId?: string) => {
    const order = await place()
    const path = `/api/orders/${order.id}/edits`
    await desk().post(path, {
      lines: lines.map((line) => ({ lineId: order.lineId, ...line })),
      ...(paymentMethodId ? { paymentMethodId } : {}),
    })
    return order
  }
  const parcelOf = async (orderId: string) =>
    (await desk().get(`/api/delivery/shipments?orderId=${orderId}`)).body?.items?.[0]?.id as string | undefined
  const delivered = async () => {
    const order = await place()
    const id = await until(() => parcelOf(order.id))
    fine(await desk().post(`/api/delivery/shipments/${id}/dispatch`, {}))
    fine(await desk().post(`/api/delivery/shipments/${id}/deliver`, {}))
    await until(async () => (await order.me.get(`/api/orders/${order.id}`)).body?.status === 'DELIVERED' || undefined)
    return order
  }
  const comesBack = async (what: 'returns' | 'exchanges', wantedSku?: string) => {
    const { id, lineId, me } = await delivered()
    const line = { lineId, quantity: 1, reason: 'wrong-size', ...(wantedSku ? { wantedSku } : {}) }
    const asked = fine(await me.post(`/api/orders/${id}/${what}`, { lines: [line] })).body
    fine(await desk().post(`/api/returns/${asked.id}/approve`, {}))
    const received = async () =>
      (await desk().post(`/api/returns/${asked.id}/receive`, { lines: [{ lineId, quantity: 1, restock: true }] })).status ===
        200 || undefined
    await until(received)
    const replacement = async () => (await desk().get(`/api/returns/${asked.id}`)).body?.replacementOrderId as string | undefined
    if (wantedSku === undefined) return
    const other = await until(replacement)
    // half of those who owe a difference pay it, for the others staff call the exchange off
    if (wantedSku === skus.dear && random.chance(0.5)) await desk().put(`/api/orders/${other}/cancel`, {})
    else if (wantedSku === skus.dear) await desk().put(`/api/orders/${other}/confirm?paymentMethodId=tok_approve`, {})
    const parcel = await until(() => parcelOf(other))
    await desk().post(`/api/delivery/shipments/${parcel}/dispatch`, {})
  }
  const tooLate = async () => {
    const { id } = await place({})
    // a quarter of an hour later
    await shop.admin
      .sql`update inventory.reservations set expires_at = clock_timestamp() - interval '1 second' where order_id = ${id} and state = 'held'`
  }
  const episodes: readonly (() => Promise<unknown>)[] = [
    () => edit([{ quantity: 4 }], 'tok_approve'),
    () => edit([{ quantity: 3 }], 'tok_async'),
    () => edit([{ quantity: 3 }], 'tok_decline'),
    () => edit([{ quantity: 1 }]),
    () => edit([{ quantity: 2 }, { lineId: undefined, sku: skus.none, quantity: 5 }], 'tok_approve'),
    async () => {
      const { id, lineId } = await place()
      // changed and cancelled in one moment: the difference that was paid goes back
      const more = desk().post(`/api/orders/${id}/edits`, { lines: [{ lineId, quantity: 5 }], paymentMethodId: 'tok_async' })
      await Promise.allSettled([more, delay(random.between(0, 60)).then(() => desk().put(`/api/orders/${id}/cancel`, {}))])
    },
    () => comesBack('returns'),
    () => comesBack('exchanges', skus.plain),
    () => comesBack('exchanges', skus.dear),
    () => comesBack('exchanges', skus.cheap),
    tooLate,
    () => place({ paymentMethodId: 'tok_async_decline' }),
  ]
  const clerk = async (number: number) => {
    for (let turn = number; !leaving; turn += 1) {
      await episodes[turn % episodes.length]!().catch(() => delay(100))
    }
  }
  const all = Promise.all(Array.from({ length: clerks }, (_, number) => clerk(number * 3)))
  return {
    async leave() {
      leaving = true
      await all
    },
  }

  /** Asks until there is an answer, or the shop closes, or patience ends. */
  async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < 60 && !leaving; tries += 1) {
      const found = await ask().catch(() => undefined)
      if (found !== undefined) return found
      await delay(100)
    }
    throw new Error('it does not come about')
  }
}

function fine(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}
