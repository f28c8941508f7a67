import Type from 'typebox'
import { editOrder, type EditOrderResult } from '#contracts/processes/edit-order.ts'
import { Nullable, PostalAddress, Uuid } from '#contracts/values.ts'
import { uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { MoneyJson, SignedMoneyJson } from '#kit/core/money.ts'
import type { Principal } from '#kit/core/principal.ts'
import { page } from '#kit/http/paging.ts'
import { can, del, get, ownerGuestOr, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { EditLinesBody, editAddress, editLines, quoteEdit } from '../commands/start-edit.ts'
import type { OrdersDeps } from '../deps.ts'
import { LineChange } from '../edit.ts'
import { editErrors } from '../edit-errors.ts'
import { errors } from '../errors.ts'
import { OrderView } from '../order-view.ts'
import { refuseInvoice } from '../pay-on-invoice.ts'
import { EditQuery, EditView, getEdit, linesOfItems, listEdits } from '../queries/edits.ts'
import { getOrder } from '../queries/get-order.ts'
import { visibleOrder } from '../visible-order.ts'

const OrderId = closed({ id: Uuid })
const OneEdit = closed({ id: Uuid, editId: Uuid })
const writers = ownerGuestOr('orders:write')

/** The change, the order as it is now, and what has to happen next, if anything. */
const EditAnswer = closed({
  edit: EditView,
  order: OrderView,
  payment: closed({
    outcome: Type.Union([
      Type.Literal('none'),
      Type.Literal('awaiting-payment'),
      Type.Literal('challenge'),
      Type.Literal('payment-pending'),
    ]),
    challengeUrl: Nullable(Type.String()),
  }),
})

const beginning = [errors.notFound, errors.versionConflict, editErrors.notEditable, editErrors.checkoutAtWork, editErrors.editOpen, editErrors.editRefused] // biome-ignore format: one list
const pricing = [
  errors.emptyOrder,
  errors.notOnSale,
  errors.tooMuch,
  editErrors.unknownEditLine,
  editErrors.lineTwice,
  editErrors.nothingChanged,
  editErrors.editBelowGiftCards,
  editErrors.editGiftCardLine,
  editErrors.editNeedsShipping,
]

/** Changes of lines and of the delivery address, as long as the goods have not left. */
export function editRoutes(deps: OrdersDeps): Route[] {
  const { sql } = deps.kit.db

  async function answer(orderId: string, editId: string, result: EditOrderResult) {
    if (result.outcome === 'refused')
      throw editErrors.editRefused({ orderId, editId, reason: result.reason, missing: result.missing })
    const [edit, order] = [await getEdit(sql, orderId, editId), await getOrder(sql, orderId)]
    const outcome = result.outcome === 'applied' ? ('none' as const) : result.outcome
    return { edit: edit!, order: order!, payment: { outcome, challengeUrl: result.outcome === 'challenge' ? result.url : null } }
  }
  /** The same key means the same change of this order by the same person. */
  const idOf = (orderId: string, principal: Principal, key: string | undefined) =>
    key === undefined ? uuidv7() : uuidFrom(`change of ${orderId} ${'id' in principal ? principal.id : 'guest'} ${key}`)

  async function tell(orderId: string, editId: string, happening: { type: string }) {
    if (!(await getEdit(sql, orderId, editId))) throw editErrors.editNotFound({ editId })
    if (!(await deps.kit.processes.post(sql, editOrder, editId, happening))) throw editErrors.editOver({ editId })
    return (await deps.kit.processes.advance(editOrder, editId)) ?? ({ outcome: 'payment-pending' } as const)
  }

  return [
    post(
      '/api/orders/:id/edits/quote',
      {
        access: can('orders:write'),
        summary: 'What an order would cost with other lines; nothing moves',
        params: OrderId,
        body: closed({ lines: Type.Array(LineChange, { minItems: 1, maxItems: 200 }) }),
        response: closed({ lines: EditView.properties.lines, total: MoneyJson, difference: SignedMoneyJson }),
        idempotency: 'read',
        errors: [errors.notFound, editErrors.notEditable, ...pricing],
      },
      async (request) => {
        const { order } = await visibleOrder(deps, request.params.id, request, 'orders:write')
        const { items, totals } = await quoteEdit(deps, order, request.body.lines)
        const { currency, amount } = order.total
        return {
          lines: linesOfItems(items, currency),
          total: { amount: totals.total, currency },
          difference: { amount: totals.total - amount, currency },
        }
      },
    ),

    post(
      '/api/orders/:id/edits',
      {
        access: can('orders:write'),
        summary: 'Change the lines of an order that has not left: stock, money, parcel and invoice follow',
        description:
          'Kept lines keep their price, new ones cost what they cost now; promotions are worked out anew, shipping stays. What it costs more is paid with `paymentMethodId`, or the change waits for POST …/pay; what it costs less goes back. A refusal leaves everything as it was.',
        params: OrderId,
        body: EditLinesBody,
        response: EditAnswer,
        status: 201,
        versioned: true,
        idempotency: 'handler',
        errors: [...beginning, ...pricing, errors.priceChanged, editErrors.editUnsettled, errors.invoiceNotOffered],
      },
      async (request) => {
        const { params, body, principal, idempotencyKey, expectedVersion } = request
        const { order, actor } = await visibleOrder(deps, params.id, request, 'orders:write')
        refuseInvoice(principal, body.paymentMethodId)
        const editId = idOf(params.id, principal, idempotencyKey)
        return await answer(params.id, editId, await editLines(deps, order, { editId, actor, body, expectedVersion }))
      },
    ),

    put(
      '/api/orders/:id/shipping-address',
      {
        access: writers,
        summary: 'Send an order to another address, as long as no parcel has left; labels are made again',
        params: OrderId,
        body: PostalAddress,
        response: EditAnswer,
        versioned: true,
        idempotency: 'handler',
        errors: [...beginning, errors.countryFixed],
      },
      async (request) => {
        const { params, body, principal, idempotencyKey, expectedVersion } = request
        const { order, actor } = await visibleOrder(deps, params.id, request, 'orders:write')
        const editId = idOf(params.id, principal, idempotencyKey)
        return await answer(params.id, editId, await editAddress(deps, order, { editId, actor, address: body, expectedVersion }))
      },
    ),

    get(
      '/api/orders/:id/edits',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'Changes of an order',
        params: OrderId,
        query: EditQuery,
        response: page(EditView),
        errors: [errors.notFound],
      },
      async (request) => {
        await visibleOrder(deps, request.params.id, request, 'orders:read-any')
        return await listEdits(sql, request.params.id, request.query)
      },
    ),

    get(
      '/api/orders/:id/edits/:editId',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'One change of an order',
        params: OneEdit,
        response: EditView,
        errors: [errors.notFound, editErrors.editNotFound],
      },
      async (request) => {
        await visibleOrder(deps, request.params.id, request, 'orders:read-any')
        const edit = await getEdit(sql, request.params.id, request.params.editId)
        if (!edit) throw editErrors.editNotFound({ editId: request.params.editId })
        return edit
      },
    ),

    post(
      '/api/orders/:id/edits/:editId/pay',
      {
        access: writers,
        summary: 'Pay what a change of an order costs more',
        params: OneEdit,
        body: closed({ paymentMethodId: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: EditAnswer,
        idempotency: 'handler',
        errors: [errors.notFound, editErrors.editNotFound, editErrors.editOver, editErrors.editRefused, errors.invoiceNotOffered],
      },
      async (request) => {
        const { id, editId } = request.params
        await visibleOrder(deps, id, request, 'orders:write')
        const { paymentMethodId } = request.body
        refuseInvoice(request.principal, paymentMethodId)
        return await answer(id, editId, await tell(id, editId, { type: 'pay-requested', paymentMethodId } as { type: string }))
      },
    ),

    del(
      '/api/orders/:id/edits/:editId',
      {
        access: writers,
        summary: 'Withdraw a change that waits for its payment',
        params: OneEdit,
        response: EditView,
        status: 200,
        idempotency: 'handler',
        errors: [errors.notFound, editErrors.editNotFound, editErrors.editOver],
      },
      async (request) => {
        const { id, editId } = request.params
        await visibleOrder(deps, id, request, 'orders:write')
        if ((await getEdit(sql, id, editId))?.refusal !== 'withdrawn') await tell(id, editId, { type: 'withdraw-requested' })
        return (await getEdit(sql, id, editId))!
      },
    ),
  ]
}
