import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { implement } from '#kit/rpc/rpc.ts'
import { cancelShipments } from './commands/cancel-shipments.ts'
import { createReturn, findReturn } from './commands/create-return.ts'
import { replaceParcels } from './commands/replace-parcels.ts'
import type { Deps } from './deps.ts'
import { signLabelLink } from './label-link.ts'
import { parcelsOfOrder } from './queries/parcels-of-order.ts'

/** What other services may ask of delivery. */
export function deliveryImplementation(deps: Deps) {
  return implement(deliveryRpc, {
    options: async (input) => ({ options: await deps.options.offers(input) }),
    createShipment: async (input, { late }) =>
      deps.plan(
        {
          ...input,
          carrier: await deps.options.carrierOf(input.optionId),
          imported: input.imported ?? false,
          at: input.at === undefined ? undefined : new Date(input.at),
        },
        late,
      ),
    cancelShipments: async ({ orderId }) => ({ outcome: await deps.db.tx((tx) => cancelShipments(tx, deps.outbox, orderId)) }),
    replaceParcels: async (input) => ({ outcome: await deps.db.tx((tx) => replaceParcels(tx, deps.outbox, input)) }),
    parcels: async ({ orderId }) => ({ parcels: await parcelsOfOrder(deps, orderId) }),
    createReturn: (input) => createReturn(deps, input),
    returnLabel: async ({ returnId }) => {
      const shipment = await findReturn(deps, returnId)
      return { labelUrl: shipment?.labelKey ? signLabelLink(deps.labelSecret, deps.publicUrl, shipment.id, new Date()) : null }
    },
  })
}
