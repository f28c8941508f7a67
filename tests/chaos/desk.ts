import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, client } from '../e2e/client.ts'
import { address, sell } from '../e2e/stock-the-shop.ts'
import type { ChaosShop } from './chaos-shop.ts'
import type { Random } from './random.ts'

/** Articles of the desk, apart from those of the crowd: what comes back and is changed would not add up there. `dear` costs more, `none` is sold out. */
const skus = { plain: 'desk-plain', dear: 'desk-dear', cheap: 'desk-cheap', none: 'desk-none' }

export interface Desk {
  /** From now on the clerks do what comes by this kill point, where something of theirs does. */
  prefer(point: string): void
  leave(): Promise<void>
}

interface Episode {
  /** kill points that few others come by */
  readonly passes: RegExp
  readonly work: () => Promise<unknown>
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
  let wanted = ''

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
      total: body.total as object,
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
  const announced = async (what: 'returns' | 'exchanges', wantedSku?: string) => {
    const { id, lineId, me } = await delivered()
    const line = { lineId, quantity: 1, reason: 'wrong-size', ...(wantedSku ? { wantedSku } : {}) }
    const { id: returnId } = fine(await me.post(`/api/orders/${id}/${what}`, { lines: [line] })).body as { id: string }
    fine(await desk().post(`/api/returns/${returnId}/approve`, {}))
    return { returnId, lineId }
  }
  const comesBack = async (what: 'returns' | 'exchanges', wantedSku?: string) => {
    const { returnId, lineId } = await announced(what, wantedSku)
    const receipt = { lines: [{ lineId, quantity: 1, restock: true }] }
    await until(async () => (await desk().post(`/api/returns/${returnId}/receive`, receipt)).status === 200 || undefined)
    return returnId
  }
  /** The parcel is told of by the warehouse, not by the desk. */
  const arrives = async () => {
    const { returnId } = await announced('returns')
    await until(async () => (await desk().post(`/api/delivery/returns/${returnId}/receive`, {})).status === 200 || undefined)
  }
  const neverSent = async () => {
    const { returnId } = await announced('returns')
    await until(async () => {
      // weeks later
      const closed = await shop.admin
        .sql`update orders.processes set due_at = clock_timestamp() where id = ${returnId} and state ->> 'type' = 'awaiting-goods' returning 1`
      return closed.length > 0 || undefined
    })
  }
  const exchange = async (wantedSku: string, then?: (replacement: string) => Promise<unknown>) => {
    const returnId = await comesBack('exchanges', wantedSku)
    const other = await until(
      async () => (await desk().get(`/api/returns/${returnId}`)).body?.replacementOrderId as string | undefined,
    )
    await then?.(other)
    const parcel = await until(() => parcelOf(other))
    await desk().post(`/api/delivery/shipments/${parcel}/dispatch`, {})
  }
  /** A replacement that was just placed is still being worked on. */
  const put = (path: string) => until(async () => (await desk().put(path, {})).status === 200 || undefined)
  /** Money that is promised and not taken yet. */
  const setAside = async () => {
    const { id, total } = await place({})
    fine(await desk().post('/api/payments/authorize', { orderId: id, amount: total, paymentMethodId: 'tok_approve' }))
    return id
  }
  /** The same, a second time too. */
  const noteTwice = async () => {
    const { id } = await place()
    const headers = { 'idempotency-key': `note-${id}` }
    for (let times = 0; times < 2; times += 1) await desk().post(`/api/orders/${id}/notes`, { text: 'asked by phone' }, headers)
  }
  const tooLate = async () => {
    const { id } = await place({})
    // a quarter of an hour later
    await shop.admin
      .sql`update inventory.reservations set expires_at = clock_timestamp() - interval '1 second' where order_id = ${id} and state = 'held'`
  }
  const changedAndCancelled = async () => {
    const { id, lineId } = await place()
    // in one moment: the difference that was paid goes back
    const more = desk().post(`/api/orders/${id}/edits`, { lines: [{ lineId, quantity: 5 }], paymentMethodId: 'tok_async' })
    await Promise.allSettled([more, delay(random.between(0, 60)).then(() => desk().put(`/api/orders/${id}/cancel`, {}))])
  }
  const episodes: readonly Episode[] = [
    { passes: /:(SetStock|TakeSurcharge|ReplaceParcel|ApplyEdit)$/, work: () => edit([{ quantity: 4 }], 'tok_approve') },
    { passes: /:TakeSurcharge$/, work: () => edit([{ quantity: 3 }], 'tok_async') },
    // no answer: it is asked for again
    { passes: /:(TakeSurcharge|CheckSurcharge)$/, work: () => edit([{ quantity: 3 }], 'tok_timeout') },
    { passes: /:(RefuseEdit|GiveStockBack|GiveSurchargeBack)$/, work: () => edit([{ quantity: 3 }], 'tok_decline') },
    { passes: /:(SetStock|Refund|ApplyEdit|ReplaceParcel)$|^refund\./, work: () => edit([{ quantity: 1 }]) },
    {
      passes: /:RefuseEdit$/,
      work: () => edit([{ quantity: 2 }, { lineId: undefined, sku: skus.none, quantity: 5 }], 'tok_approve'),
    },
    { passes: /:GiveSurchargeBack$|^undo\./, work: changedAndCancelled },
    { passes: /:(MakeLabel|Restock)$/, work: () => comesBack('returns') },
    { passes: /:RecordReceipt$/, work: arrives },
    { passes: /:CloseReturn$/, work: neverSent },
    { passes: /:(PlaceReplacement|LookAtReplacement|Complete)$/, work: () => exchange(skus.plain) },
    {
      passes: /:PlaceReplacement$/,
      work: () => exchange(skus.dear, (other) => put(`/api/orders/${other}/confirm?paymentMethodId=tok_approve`)),
    },
    // nobody pays the difference: staff call the exchange off
    { passes: /:ReleaseCredit$/, work: () => exchange(skus.dear, (other) => put(`/api/orders/${other}/cancel`)) },
    { passes: /:LookAtReplacement$/, work: () => exchange(skus.cheap) },
    { passes: /:(GiveMoneyBack|CancelOrder)$/, work: tooLate },
    { passes: /^webhook\.|^payment\.after-settle$/, work: () => place({ paymentMethodId: 'tok_async_decline' }) },
    {
      passes: /^payment\.after-capture$/,
      work: async () => desk().post('/api/payments/capture', { orderId: await setAside() }),
    },
    { passes: /^payment\.after-void$/, work: async () => desk().put(`/api/orders/${await setAside()}/cancel`, {}) },
    { passes: /^idempotency\./, work: noteTwice },
  ]
  const clerk = async (number: number) => {
    for (let turn = number; !leaving; turn += 1) {
      const fitting = episodes.filter(({ passes }) => passes.test(wanted))
      const todo = fitting.length > 0 ? fitting : episodes
      await todo[turn % todo.length]!.work().catch(() => delay(100))
    }
  }
  const all = Promise.all(Array.from({ length: clerks }, (_, number) => clerk(number * 3)))
  return {
    prefer(point) {
      wanted = point
    },
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
