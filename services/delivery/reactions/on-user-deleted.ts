import { UserDeleted } from '#contracts/events/users.ts'
import type { Reaction } from '#kit/messaging/bus.ts'
import { on } from '#kit/messaging/bus.ts'
import type { Deps } from '../deps.ts'

/**
 * Erasure: where this customer's parcels went is marked to be forgotten. The job takes finished parcels within a minute, open ones when
 * they have arrived: until then the carrier needs the address. Orders knows whose orders are whose; parcels do not.
 */
export function eraseForUser(deps: Deps): Reaction {
  return on(UserDeleted, async ({ data: { userId } }, { tx }) => {
    for (let after: string | null = null; ; ) {
      const page: { orderIds: string[]; next: string | null } = await deps.orders.ordersOfCustomer({ customerId: userId, after })
      await tx`
        update shipment_addresses a set erase_when_finished = true
        from shipments s where s.id = a.shipment_id and s.order_id = any(${page.orderIds}::uuid[])`
      after = page.next
      if (after === null) return
    }
  })
}
