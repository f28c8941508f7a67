import { OrderCancelled, OrderConfirmed } from '#contracts/events/orders.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { on } from '#kit/messaging/bus.ts'

/** Every order of ours gets an invoice; imported ones had theirs in the other shop. */
export const askForInvoice = on(OrderConfirmed, async ({ data }, { tx }) => {
  if (data.imported) return
  await tx`insert into invoices (id, kind, order_id, channel) values (${data.orderId}, 'invoice', ${data.orderId}, ${data.channel}) on conflict do nothing`
})

/** An invoice is never deleted: a credit note takes it back. */
export const takeInvoiceBack = on(OrderCancelled, async ({ data }, { tx }) => {
  await tx`
    insert into invoices (id, kind, order_id, channel)
    select ${uuidFrom(`cancellation of order ${data.orderId}`)}, 'credit-note', i.order_id, i.channel from invoices i where i.id = ${data.orderId}
    on conflict do nothing`
})
