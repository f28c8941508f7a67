import Type from 'typebox'
import { StockLine, Uuid } from '#contracts/values.ts'
import { can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { findReturn } from '../commands/create-return.ts'
import { receiveReturn } from '../commands/receive-return.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { signLabelLink } from '../label-link.ts'
import { ShipmentView, viewOf } from '../shipment-view.ts'

const One = closed({ returnId: Uuid })

/** Parcels that come back. Returns are asked for and approved in orders; here they have a label and arrive. */
export function returnRoutes(deps: Deps): Route[] {
  return [
    get(
      '/api/delivery/returns/:returnId',
      {
        access: can('delivery:read-any'),
        summary: 'The parcel of a return, with a signed link to its label for the customer',
        params: One,
        response: closed({ ...ShipmentView.properties, labelUrl: Type.String() }),
        errors: [errors.returnNotFound],
      },
      async ({ params }) => {
        const shipment = await findReturn(deps, params.returnId)
        if (!shipment) throw errors.returnNotFound()
        return { ...viewOf(shipment), labelUrl: signLabelLink(deps.labelSecret, deps.publicUrl, shipment.id, new Date()) }
      },
    ),
    post(
      '/api/delivery/returns/:returnId/receive',
      {
        access: can('delivery:write'),
        summary: 'The warehouse received a return',
        description: '`lines`: what was really in the parcel, where it is less than announced.',
        params: One,
        body: closed({ lines: Type.Optional(Type.Array(StockLine, { maxItems: 500 })) }),
        response: ShipmentView,
        errors: [errors.returnNotFound, errors.moreThanOrdered],
      },
      async ({ params, body, tx }) => viewOf(await receiveReturn(tx, deps.outbox, params.returnId, body.lines)),
    ),
  ]
}
