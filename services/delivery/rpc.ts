import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { implement } from '#kit/rpc/rpc.ts'
import { cancelShipments } from './commands/cancel-shipments.ts'
import { createReturn } from './commands/create-return.ts'
import type { Deps } from './deps.ts'

/** What other services may ask of delivery. */
export function deliveryImplementation(deps: Deps) {
  return implement(deliveryRpc, {
    options: async (input) => ({ options: await deps.options.offers(input) }),
    createShipment: async (input) =>
      deps.plan({
        ...input,
        carrier: await deps.options.carrierOf(input.optionId),
        imported: input.imported ?? false,
        at: input.at === undefined ? undefined : new Date(input.at),
      }),
    cancelShipments: async ({ orderId }) => ({ outcome: await deps.db.tx((tx) => cancelShipments(tx, deps.outbox, orderId)) }),
    createReturn: (input) => createReturn(deps, input),
  })
}
