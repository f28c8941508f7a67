import { createHash } from 'node:crypto'
import { maskCardNumbers } from '#kit/http/card-number.ts'
import type { CarrierMessage } from '../carriers/carrier.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { movesTo } from '../shipment.ts'
import { findByTracking } from '../store.ts'
import { moveShipment } from './move-shipment.ts'

export type MessageState = 'received' | 'applied' | 'ignored' | 'parked'

/**
 * A message of a carrier. Genuine ones are noted by their id before they have an effect: the same one again changes nothing,
 * another one under the same id is refused, one about a parcel we do not know is parked and tried again.
 * Throws errors.unknownCarrier, .badSignature, .badMessage, .messageDiffers.
 */
export async function receiveMessage(
  deps: Deps,
  input: { carrier: string; headers: Readonly<Record<string, string | undefined>>; body: Buffer },
): Promise<{ state: MessageState }> {
  const carrier = deps.carriers.get(input.carrier)
  if (!carrier) throw errors.unknownCarrier({ carrier: input.carrier })
  const id = carrier.verify(input.headers, input.body, new Date())
  if (id === undefined) throw errors.badSignature()
  const told = carrier.parse(id, input.body)
  const text = input.body.toString('utf8')
  // The body is signed, so it is not refused for what else stands in it; what it is about stays as it was.
  const kept = maskCardNumbers(text, [told.trackingNumber])
  const message = kept === text ? told : carrier.parse(id, Buffer.from(kept))
  const hash = createHash('sha256').update(input.body).digest()
  const [stored] = await deps.db.sql<{ bodyHash: Buffer; state: MessageState | 'discarded' }[]>`
    insert into carrier_messages as m (carrier, message_id, body_hash, body, state)
    values (${carrier.name}, ${id}, ${hash}, ${kept}, 'received')
    on conflict (carrier, message_id) do update set attempts = m.attempts + 1
    returning body_hash as "bodyHash", state`
  if (!stored?.bodyHash.equals(hash)) throw errors.messageDiffers({ id })
  if (stored.state === 'applied' || stored.state === 'ignored') return { state: stored.state }
  // Staff gave it up: sent again, it still has no effect.
  if (stored.state === 'discarded') return { state: 'ignored' }
  return { state: await applyMessage(deps, carrier.name, message) }
}

/** Moves the parcel and notes it, in one transaction. Safe to repeat. */
export async function applyMessage(deps: Deps, carrier: string, message: CarrierMessage): Promise<MessageState> {
  return deps.db.tx(async (tx) => {
    const shipment = await findByTracking(tx, carrier, message.trackingNumber)
    const note = async (state: MessageState, text: string | null) => {
      await tx`
        update carrier_messages set state = ${state}, note = ${text}, updated_at = now(), body = case when ${state} = 'parked' then body end
         where carrier = ${carrier} and message_id = ${message.id} and state in ('received', 'parked')`
      return state
    }
    if (!shipment) return note('parked', 'unknown-parcel')
    if (shipment.state === 'cancelled' && movesTo('labelled', message.status).length > 0) {
      deps.log.warn({ shipmentId: shipment.id, status: message.status }, 'a carrier moves a parcel that was stopped')
      return note('parked', 'parcel-was-stopped')
    }
    const result = await moveShipment(tx, deps.outbox, shipment.id, {
      to: message.status,
      reason: message.reason,
      at: message.happenedAt,
    })
    return note(result?.moved ? 'applied' : 'ignored', result?.moved ? null : 'nothing-new')
  })
}
