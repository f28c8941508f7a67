import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { onMany } from '#kit/messaging/bus.ts'

/** Every order of ours gets an invoice; imported ones had theirs in the other shop. */
export const askForInvoice = onMany(OrderConfirmed, async (events, { tx }) => {
  const orders = events.filter(({ data }) => !data.imported).map(({ data: { orderId, channel } }) => ({ id: orderId, channel }))
  if (orders.length === 0) return
  await tx`
    insert into invoices (id, kind, order_id, channel)
    select o.id, 'invoice', o.id, o.channel from jsonb_to_recordset(${JSON.stringify(orders)}::text::jsonb) as o(id uuid, channel text)
    on conflict do nothing`
})

/** An invoice is never deleted: a credit note takes back the one that stands. */
export const takeInvoiceBack = onMany(OrderCancelled, async (events, { tx }) => {
  const notes = events.map(({ data: { orderId } }) => ({ id: uuidFrom(`cancellation of order ${orderId}`), order_id: orderId }))
  await tx`
    insert into invoices (id, kind, order_id, channel, corrects)
    select n.id, 'credit-note', i.order_id, i.channel, i.id
      from jsonb_to_recordset(${JSON.stringify(notes)}::text::jsonb) as n(id uuid, order_id uuid) join invoices i on i.id = invoice_of(n.order_id)
    on conflict do nothing`
})
