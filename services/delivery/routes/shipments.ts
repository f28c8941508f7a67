import Type from 'typebox'
import { StockLine, Uuid } from '#contracts/values.ts'
import { uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { may } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { page } from '#kit/http/paging.ts'
import { can, get, ownerGuestOr, post, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { TrackingNumber } from '../carriers/carrier.ts'
import { type Move, moveShipment } from '../commands/move-shipment.ts'
import { shipOrder } from '../commands/ship-order.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { labelFile } from '../label-file.ts'
import { isGenuineLink } from '../label-link.ts'
import { listShipments, shipmentDetails, ShipmentsQuery } from '../queries/shipments.ts'
import { ShipmentDetails, ShipmentView, viewOf } from '../shipment-view.ts'
import { findShipment } from '../store.ts'

const READ = 'delivery:read-any'
const WRITE = 'delivery:write'
const One = closed({ id: Uuid })

/** Parcels, for staff. */
export function shipmentRoutes(deps: Deps): Route[] {
  const move = async (tx: Tx, id: string, to: Move) => {
    const result = await moveShipment(tx, deps.outbox, id, to)
    if (!result) throw errors.notFound()
    // the same command again is no error, a command that does not fit is
    if (!result.moved && result.shipment.state !== to.to) throw errors.wrongState({ state: result.shipment.state })
    return viewOf(result.shipment)
  }

  return [
    get(
      '/api/delivery/shipments',
      { access: can(READ), summary: 'Lists parcels, newest first', query: ShipmentsQuery, response: page(ShipmentView) },
      ({ query }) => listShipments(deps.db.read, query),
    ),
    post(
      '/api/delivery/shipments',
      {
        access: can(WRITE),
        summary: 'Plans a parcel of an order',
        description:
          'Without lines: everything that is not planned yet. Several parcels together never hold more than was ordered. Once per `shipmentId`, or per Idempotency-Key where none is sent.',
        // asks orders for the order, which does not belong into a transaction
        idempotency: 'handler',
        body: closed({
          orderId: Uuid,
          shipmentId: Type.Optional(Uuid),
          optionId: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
          lines: Type.Optional(Type.Array(StockLine, { minItems: 1, maxItems: 500 })),
        }),
        response: ShipmentView,
        status: 201,
        errors: [
          errors.orderNotFound,
          errors.notReadyToShip,
          errors.noAddress,
          errors.moreThanOrdered,
          errors.nothingLeft,
          errors.orderStopped,
        ],
      },
      async ({ body, principal, idempotencyKey }) => {
        const shipmentId = body.shipmentId ?? (idempotencyKey ? uuidFrom(`shipment:${principal.id}:${idempotencyKey}`) : uuidv7())
        return viewOf(await shipOrder(deps, { ...body, shipmentId }))
      },
    ),
    get(
      '/api/delivery/shipments/:id',
      {
        access: can(READ),
        summary: 'A parcel with its content and its way',
        params: One,
        response: ShipmentDetails,
        errors: [errors.notFound],
      },
      async ({ params }) => {
        const shipment = await findShipment(deps.db.read, params.id)
        if (!shipment) throw errors.notFound()
        return shipmentDetails(deps.db.read, shipment)
      },
    ),
    get(
      '/api/delivery/shipments/:id/label',
      {
        access: ownerGuestOr(READ),
        summary: 'The label of a parcel as PDF',
        description: 'For staff, and for whoever has a signed link (return labels).',
        params: One,
        query: closed({
          expires: Type.Optional(Type.Integer({ minimum: 0 })),
          signature: Type.Optional(Type.String({ maxLength: 100 })),
        }),
        produces: 'application/pdf',
        errors: [errors.labelMissing],
      },
      async ({ params, query, principal }) => {
        if (!may(principal, READ) && !isGenuineLink(deps.labelSecret, params.id, query, new Date())) throw errors.labelMissing()
        const shipment = await findShipment(deps.db.read, params.id)
        const label = shipment && (await labelFile(deps, shipment))
        if (!shipment || !label) throw errors.labelMissing()
        return new Reply(label, {
          headers: {
            'content-type': 'application/pdf',
            'content-disposition': `attachment; filename="label-${shipment.trackingNumber ?? shipment.id}.pdf"`,
            'cache-control': 'private, no-store',
          },
        })
      },
    ),
    post(
      '/api/delivery/shipments/:id/dispatch',
      {
        access: can(WRITE),
        summary: 'The carrier has the parcel',
        params: One,
        body: closed({ trackingNumber: Type.Optional(TrackingNumber) }),
        response: ShipmentView,
        errors: [errors.notFound, errors.wrongState, errors.numberTaken],
      },
      async ({ params, body, tx }) => {
        if (body.trackingNumber) {
          const numbered = tx`update shipments set tracking_number = ${body.trackingNumber} where id = ${params.id} and tracking_number is null`
          await numbered.catch((error: unknown) => {
            throw isUniqueViolation(error, 'shipments_tracking_number') ? errors.numberTaken({}, { cause: error }) : error
          })
        }
        return move(tx, params.id, { to: 'dispatched' })
      },
    ),
    post(
      '/api/delivery/shipments/:id/deliver',
      {
        access: can(WRITE),
        summary: 'The parcel arrived',
        params: One,
        response: ShipmentView,
        errors: [errors.notFound, errors.wrongState],
      },
      ({ params, tx }) => move(tx, params.id, { to: 'delivered' }),
    ),
    post(
      '/api/delivery/shipments/:id/cancel',
      {
        access: can(WRITE),
        summary: 'Stops a parcel that has not left',
        params: One,
        response: ShipmentView,
        errors: [errors.notFound, errors.wrongState],
      },
      ({ params, tx }) => move(tx, params.id, { to: 'cancelled', reason: 'staff' }),
    ),
  ]
}
