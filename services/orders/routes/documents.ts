import { Uuid } from '#contracts/values.ts'
import { get, ownerGuestOr, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { returnErrors } from '../return-errors.ts'
import { readReturn } from '../return-store.ts'
import { visibleOrder } from '../visible-order.ts'

const One = closed({ id: Uuid })
const RETRY_AFTER_SECONDS = '2'

/** Invoices and credit notes. */
export function documentRoutes(deps: OrdersDeps): Route[] {
  const { sql } = deps.kit.db

  /** The document, or 202 while it is being made; one somebody waits for is made before the others. */
  async function answer(id: string): Promise<Reply | undefined> {
    const [row] = await sql<{ number: string | null; object_key: string | null }[]>`
      update invoices i set asked_at = coalesce(i.asked_at, now()) where i.id = ${id} and i.object_key is null returning i.number, i.object_key`
    const [made] = row
      ? [row]
      : await sql<{ number: string; object_key: string }[]>`select i.number, i.object_key from invoices i where i.id = ${id}`
    if (!made) return undefined
    const file = made.object_key === null ? undefined : await deps.kit.objects.get(made.object_key)
    if (!file) {
      return new Reply('{"status":"being-made"}', {
        status: 202,
        headers: { 'content-type': 'application/json; charset=utf-8', 'retry-after': RETRY_AFTER_SECONDS },
      })
    }
    return new Reply(file.content, {
      headers: {
        'content-type': 'application/pdf',
        'content-disposition': `inline; filename="${made.number}.pdf"`,
        'cache-control': 'private, no-store',
        'x-content-type-options': 'nosniff',
      },
    })
  }

  return [
    get(
      '/api/orders/:id/invoice',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'The invoice of an order as PDF; after a change the one that stands',
        description: '202 with Retry-After while it is being made; orders imported from another shop have none.',
        params: One,
        produces: 'application/pdf',
        errors: [errors.notFound, returnErrors.noInvoice],
      },
      async (request) => {
        const { order } = await visibleOrder(deps, request.params.id, request, 'orders:read-any')
        const [latest] = await sql<{ id: string | null }[]>`select invoice_of(${order.id}) as id`
        const invoice = await answer(latest?.id ?? order.id)
        if (invoice) return invoice
        // Confirmed a moment ago: the event is still on its way.
        const [asked] = await sql`
          insert into invoices (id, kind, order_id, channel, asked_at)
          select o.id, 'invoice', o.id, o.channel, now() from orders o
          where o.id = ${order.id} and not o.imported and o.status not in ('PENDING', 'CANCELLED')
          on conflict (id) do update set asked_at = coalesce(invoices.asked_at, now()) returning 1`
        if (!asked) throw returnErrors.noInvoice({ orderId: order.id })
        return (await answer(order.id))!
      },
    ),
    get(
      '/api/returns/:id/credit-note',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'The credit note of a return as PDF',
        params: One,
        produces: 'application/pdf',
        errors: [returnErrors.returnNotFound, returnErrors.noCreditNote],
      },
      async (request) => {
        const row = await readReturn(sql, request.params.id)
        if (!row) throw returnErrors.returnNotFound()
        await visibleOrder(deps, row.order_id, request, 'orders:read-any').catch(() => {
          throw returnErrors.returnNotFound()
        })
        const note = await answer(row.id)
        if (!note) throw returnErrors.noCreditNote({ returnId: row.id })
        return note
      },
    ),
  ]
}
