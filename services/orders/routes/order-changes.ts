import Type from 'typebox'
import { staffActor } from '#contracts/actor.ts'
import { OrderStatus } from '#contracts/events/orders.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import { Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import type { CommandRequest } from '#kit/http/route.ts'
import { can, get, ownerGuestOr, patch, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { cancelAnOrder } from '../commands/cancel-order.ts'
import { ChangeOrderBody, changeOrder } from '../commands/change-order.ts'
import { changeStatus } from '../commands/change-status.ts'
import type { OrdersDeps } from '../deps.ts'
import { editErrors } from '../edit-errors.ts'
import { errors } from '../errors.ts'
import { NoteText, notesOf, OrderNote, writeNote } from '../order-notes.ts'
import { OrderView, PaidOrderView } from '../order-view.ts'
import { refuseInvoice } from '../pay-on-invoice.ts'
import { getOrder } from '../queries/get-order.ts'
import { paymentOf } from '../placed-view.ts'
import { visibleOrder } from '../visible-order.ts'

const OrderId = closed({ id: Uuid })
const writers = ownerGuestOr('orders:write')

/** What happens to an order after it was placed. */
export function orderChangeRoutes(deps: OrdersDeps): Route[] {
  const { sql } = deps.kit.db
  const fresh = async (id: string) => (await getOrder(sql, id)) as OrderView

  const cancelSpec = {
    access: writers,
    summary: 'Cancel an order: money, stock, coupons and gift cards go back, the parcel is stopped',
    params: OrderId,
    body: closed({ reason: Type.Optional(NoteText) }),
    response: OrderView,
    idempotency: 'handler' as const,
    errors: [errors.notFound, errors.tooLate, errors.giftCardSpent, editErrors.editOpen],
  }
  async function cancel(request: CommandRequest<{ id: string }, unknown, { reason?: string }>): Promise<OrderView> {
    const { params, body } = request
    const { order, isOwner, actor } = await visibleOrder(deps, params.id, request, 'orders:write')
    if (order.status !== 'CANCELLED') {
      await cancelAnOrder(deps, { orderId: params.id, reason: isOwner ? 'customer' : 'staff' })
      if (body.reason !== undefined) await writeNote(sql, params.id, actor, body.reason)
    }
    return await fresh(params.id)
  }

  return [
    put(
      '/api/orders/:id/confirm',
      {
        access: writers,
        summary: 'Pay and confirm an order that was placed without a payment method',
        params: OrderId,
        query: closed({ paymentMethodId: Type.String({ minLength: 1, maxLength: 200 }) }),
        body: closed({
          /** what the shopper saw; another total is refused with `orders/price-changed` */
          expectedTotal: Type.Optional(MoneyJson),
        }),
        response: PaidOrderView,
        idempotency: 'handler',
        errors: [
          errors.notFound,
          errors.notOpen,
          errors.paymentDeclined,
          errors.outOfStock,
          errors.invoiceNotOffered,
          errors.priceChanged,
        ],
      },
      async (request) => {
        const { params, query, body } = request
        const { order } = await visibleOrder(deps, params.id, request, 'orders:write')
        refuseInvoice(request.principal, query.paymentMethodId)
        if (order.status === 'CONFIRMED') return { ...order, payment: paymentOf({ outcome: 'confirmed' }) }
        const { expectedTotal: seen } = body
        const { total } = order
        if (seen && (seen.amount !== total.amount || seen.currency !== total.currency)) throw errors.priceChanged({ total })
        const payRequested = { type: 'pay-requested', paymentMethodId: query.paymentMethodId } as { type: string }
        const asked = await deps.kit.processes.post(sql, checkout, params.id, payRequested)
        if (!asked) throw errors.notOpen({ orderId: params.id, status: order.status })
        const result = await deps.kit.processes.advance(checkout, params.id)
        if (result?.outcome === 'cancelled')
          throw errors.paymentDeclined({ orderId: params.id, reason: result.detail ?? result.reason })
        return { ...(await fresh(params.id)), payment: paymentOf(result ?? { outcome: 'payment-pending' }) }
      },
    ),

    put('/api/orders/:id/cancel', cancelSpec, cancel),
    post('/api/orders/:id/cancel', cancelSpec, cancel),

    patch(
      '/api/orders/:id/status',
      {
        access: writers,
        summary: 'Move an order on by hand; customers may say COMPLETED or CANCELLED of their own',
        params: OrderId,
        body: closed({ status: OrderStatus, note: Type.Optional(NoteText) }),
        response: OrderView,
        idempotency: 'handler',
        errors: [errors.notFound, errors.illegalMove, errors.staffOnly, errors.tooLate],
      },
      async (request) => {
        const { params, body } = request
        await changeStatus(deps, await visibleOrder(deps, params.id, request, 'orders:write'), body.status, body.note)
        return await fresh(params.id)
      },
    ),

    patch(
      '/api/orders/:id',
      {
        access: writers,
        summary: 'Change address, e-mail or attributes before the goods leave',
        params: OrderId,
        body: ChangeOrderBody,
        response: OrderView,
        versioned: true,
        errors: [errors.notFound, errors.notChangeable, errors.countryFixed, errors.versionConflict, errors.invalidAttributes],
      },
      async (request) => {
        const { params, body, tx, expectedVersion } = request
        const { order } = await visibleOrder(deps, params.id, request, 'orders:write', tx)
        await changeOrder(deps, tx, order, body, expectedVersion)
        return (await getOrder(tx, params.id)) as OrderView
      },
    ),

    get(
      '/api/orders/:id/notes',
      {
        access: can('orders:read-any'),
        summary: 'What staff wrote about an order',
        params: OrderId,
        response: closed({ items: Type.Array(OrderNote) }),
        errors: [errors.notFound],
      },
      async (request) => {
        const { params } = request
        await visibleOrder(deps, params.id, request, 'orders:read-any')
        return { items: await notesOf(sql, params.id) }
      },
    ),

    post(
      '/api/orders/:id/notes',
      {
        access: can('orders:write'),
        summary: 'Write something about an order for other staff',
        params: OrderId,
        body: closed({ text: NoteText }),
        response: OrderNote,
        status: 201,
        errors: [errors.notFound],
      },
      async (request) => {
        const { params, body, tx } = request
        await visibleOrder(deps, params.id, request, 'orders:write', tx)
        return await writeNote(tx, params.id, staffActor(request.principal), body.text)
      },
    ),
  ]
}
