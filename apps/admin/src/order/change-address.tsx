import { useRef } from 'react'
import { Action } from '../parts/action.tsx'
import { AddressFields, addressFrom, sayFindings } from '../parts/address-fields.tsx'
import { ifSeen, SeenVersion } from '../parts/seen-version.tsx'
import { api } from '../session.ts'
import { isOpen, type Order } from './order.ts'
import { sayWhy } from './stays-as-it-was.ts'

/** Another address for an order that has not left. A doubtful one is taken when it is sent again as it is. */
export function ChangeAddress({ order }: { order: Order }) {
  const doubted = useRef('')
  if (!order.shippingAddress || !isOpen(order)) return null
  const path = { id: order.id }
  return (
    <Action
      name="Change address"
      permission="orders:write"
      confirm="Parcels that have not left get new labels. The country stays: taxes and shipping depend on it."
      run={async (form) => {
        const address = addressFrom(form)
        const { problems, doubts } = await api.call('POST /api/delivery/addresses/validate', { body: address })
        if (problems.length > 0) throw new RangeError(sayFindings(problems))
        const asked = JSON.stringify(address)
        if (doubts.length > 0 && doubted.current !== asked) {
          doubted.current = asked
          throw new RangeError(`${sayFindings(doubts)} If it is right all the same, press the button once more.`)
        }
        await api.call('PUT /api/orders/{id}/shipping-address', { path, body: address }, ifSeen(form)).catch(sayWhy)
      }}
    >
      <SeenVersion of={order.version} />
      <AddressFields address={order.shippingAddress} />
    </Action>
  )
}
