import Type from 'typebox'
import { staffActor } from '#contracts/actor.ts'
import { exchange } from '#contracts/processes/exchange.ts'
import { type RefundDecision, returnGoods } from '#contracts/processes/return.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { may } from '#kit/core/principal.ts'
import { page } from '#kit/http/paging.ts'
import { can, get, ownerGuestOr, post, type Route, type RouteRequest } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { ApproveBody, approveReturn, RejectBody, rejectReturn } from '../commands/decide-return.ts'
import { ReceiveBody, receiveReturn } from '../commands/receive-return.ts'
import { RequestExchangeBody, RequestReturnBody, requestReturn } from '../commands/request-return.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { listReturns, ReturnsQuery, returnsOfOrder } from '../queries/list-returns.ts'
import { returnErrors } from '../return-errors.ts'
import { readReturn, type ReturnRow } from '../return-store.ts'
import { ReturnStatusCode, ReturnView, returnViewOf } from '../return-view.ts'
import { visibleOrder } from '../visible-order.ts'

const One = closed({ id: Uuid })
const asked = [
  errors.notFound,
  returnErrors.notDelivered,
  returnErrors.returnWindowOver,
  returnErrors.unknownLine,
  returnErrors.notReturnable,
  returnErrors.tooManyUnits,
]
const decided = [returnErrors.returnNotFound, returnErrors.returnDecided]

/** Goods that come back: customers ask, staff decides, the warehouse receives; the flows `return` and `exchange` do the rest. */
export function returnRoutes(deps: OrdersDeps): Route[] {
  const { sql } = deps.kit.db

  /** A return is seen by whoever may see its order; to everybody else it does not exist. */
  async function visible(
    request: RouteRequest<{ id: string }>,
    permission: string,
  ): Promise<{ row: ReturnRow; forStaff: boolean }> {
    const row = await readReturn(sql, request.params.id)
    if (!row) throw returnErrors.returnNotFound()
    try {
      return { row, forStaff: !(await visibleOrder(deps, row.order_id, request, permission)).isOwner }
    } catch {
      throw returnErrors.returnNotFound()
    }
  }

  return [
    post(
      '/api/orders/:id/returns',
      {
        access: ownerGuestOr('returns:decide'),
        summary: 'Ask to send goods of an order back',
        params: One,
        body: RequestReturnBody,
        response: ReturnView,
        status: 201,
        errors: asked,
      },
      async (request) => {
        const order = await visibleOrder(deps, request.params.id, request, 'returns:decide', request.tx)
        return returnViewOf(await requestReturn(deps, request.tx, order, { ...request.body, kind: 'return' }), !order.isOwner)
      },
    ),
    post(
      '/api/orders/:id/exchanges',
      {
        access: ownerGuestOr('returns:decide'),
        summary: 'Ask to exchange goods of an order for others',
        description:
          'Each line names the wanted SKU; its price of today is kept. If it costs more, the replacement order waits for the difference to be paid; if less, the rest is refunded.',
        params: One,
        body: RequestExchangeBody,
        response: ReturnView,
        status: 201,
        errors: [...asked, errors.notOnSale],
      },
      async (request) => {
        const order = await visibleOrder(deps, request.params.id, request, 'returns:decide', request.tx)
        return returnViewOf(await requestReturn(deps, request.tx, order, { ...request.body, kind: 'exchange' }), !order.isOwner)
      },
    ),
    get(
      '/api/orders/:id/returns',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'Returns and exchanges of an order',
        params: One,
        response: closed({ items: Type.Array(ReturnView) }),
        errors: [errors.notFound],
      },
      async (request) => {
        const { isOwner } = await visibleOrder(deps, request.params.id, request, 'orders:read-any')
        return { items: (await returnsOfOrder(sql, request.params.id)).map((row) => returnViewOf(row, !isOwner)) }
      },
    ),
    get(
      '/api/returns',
      {
        access: can('orders:read-any'),
        summary: 'Returns and exchanges of all orders',
        query: ReturnsQuery,
        response: page(ReturnView),
      },
      async ({ query }) => await listReturns(sql, query),
    ),
    get(
      '/api/returns/:id',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'One return or exchange',
        params: One,
        response: ReturnView,
        versioned: true,
        errors: [returnErrors.returnNotFound],
      },
      async (request) => {
        const { row, forStaff } = await visible(request, 'orders:read-any')
        const isLabelled = row.status === 'approved' && row.tracking_number !== null
        const { labelUrl } = isLabelled ? await deps.delivery.returnLabel({ returnId: row.id }) : { labelUrl: null }
        return returnViewOf(row, forStaff, labelUrl)
      },
    ),
    get(
      '/api/returns/:id/timeline',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'Every status the return went through',
        params: One,
        response: closed({
          items: Type.Array(
            closed({
              from: Nullable(ReturnStatusCode),
              to: ReturnStatusCode,
              actor: Type.String(),
              note: Nullable(Type.String()),
              at: Timestamp,
            }),
          ),
        }),
        errors: [returnErrors.returnNotFound],
      },
      async (request) => {
        const { row, forStaff } = await visible(request, 'orders:read-any')
        const steps = await sql<
          { from: ReturnRow['status'] | null; to: ReturnRow['status']; actor: string; note: string | null; at: Date }[]
        >`
          select h.from_status as "from", h.to_status as "to", h.actor, h.note, h.at from return_history h where h.return_id = ${row.id} order by h.seq`
        return { items: steps.map((step) => ({ ...step, note: forStaff ? step.note : null, at: step.at.toISOString() })) }
      },
    ),
    post(
      '/api/returns/:id/approve',
      {
        access: can('returns:decide'),
        summary: 'Agree to a return: the customer gets a label',
        params: One,
        body: ApproveBody,
        response: ReturnView,
        errors: [...decided, returnErrors.shippingRefundedBefore],
      },
      async ({ params, body, principal, tx }) =>
        returnViewOf(await approveReturn(deps, tx, params.id, staffActor(principal), body), true),
    ),
    post(
      '/api/returns/:id/reject',
      {
        access: can('returns:decide'),
        summary: 'Refuse a return',
        params: One,
        body: RejectBody,
        response: ReturnView,
        errors: decided,
      },
      async ({ params, body, principal, tx }) =>
        returnViewOf(await rejectReturn(deps, tx, params.id, staffActor(principal), body), true),
    ),
    post(
      '/api/returns/:id/receive',
      {
        access: can('returns:receive'),
        summary: 'The goods are here: starts the refund or the replacement',
        description:
          '`lines`: what was really in the parcel and in which condition, where it is not everything that was announced. A fee takes the permission returns:decide.',
        params: One,
        body: ReceiveBody,
        response: ReturnView,
        errors: [
          ...decided,
          returnErrors.unknownLine,
          returnErrors.moreThanAnnounced,
          returnErrors.nothingReceived,
          returnErrors.feeNotAllowed,
        ],
      },
      async ({ params, body, principal, tx }) => {
        if (body.fee !== undefined && !may(principal, 'returns:decide')) throw returnErrors.feeNotAllowed()
        return returnViewOf(await receiveReturn(deps, tx, params.id, staffActor(principal), body), true)
      },
    ),
    post(
      '/api/returns/:id/refund',
      {
        access: can('orders:refund'),
        summary: 'Decide about a refund that was refused',
        description: '`again` asks payments once more; `settled`: the money went back in another way.',
        params: One,
        body: closed({ decision: Type.Union([Type.Literal('again'), Type.Literal('settled')]) }),
        response: ReturnView,
        errors: [returnErrors.returnNotFound, returnErrors.noRefundProblem],
      },
      async ({ params, body, tx }) => {
        const row = await readReturn(tx, params.id)
        if (!row) throw returnErrors.returnNotFound()
        const happening: RefundDecision = { type: body.decision === 'again' ? 'refund-again' : 'refund-settled' }
        const contract = row.kind === 'exchange' ? exchange : returnGoods
        if (row.problem === null || !(await deps.kit.processes.post(tx, contract, row.id, happening)))
          throw returnErrors.noRefundProblem()
        return returnViewOf(row, true)
      },
    ),
  ]
}
