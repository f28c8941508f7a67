import { uuidFrom } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'

/**
 * The lines of an order are about to change. An invoice that has its number says for ever what it says now; a credit note takes it back
 * and another invoice comes instead. One that has no number yet is simply drawn later, with the new lines.
 */
export async function correctInvoice(tx: Query, orderId: string, editId: string): Promise<void> {
  const [invoice] = await tx<{ id: string; number: string | null }[]>`
    select i.id, i.number from invoices i where i.id = invoice_of(${orderId}) for update`
  if (!invoice?.number) return
  const creditNoteId = uuidFrom(`credit note of change ${editId}`)
  await tx`
    with content as (
      select jsonb_build_object('subtotal', o.subtotal, 'discount', o.discount, 'shipping', o.shipping, 'tax', o.tax, 'total', o.total,
        'items', (select jsonb_agg(to_jsonb(i) order by i.line_no) from order_items i where i.order_id = o.id)) as value
      from orders o where o.id = ${orderId}
    ), kept as (
      update invoices i set content = content.value from content where i.id = ${invoice.id}
    )
    insert into invoices (id, kind, order_id, channel, content, corrects, created_at)
    select made.id, made.kind, ${orderId}, o.channel, made.content, ${invoice.id}, clock_timestamp()
    from orders o cross join content cross join lateral (values
      (${creditNoteId}::uuid, 'credit-note', content.value), (${editId}::uuid, 'invoice', null::jsonb)) made(id, kind, content)
    where o.id = ${orderId}
    on conflict do nothing`
}
