import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import { errors } from '../errors.ts'
import { bodyOf } from '../body.ts'
import { type DeliveryView, deliveryById } from '../queries/deliveries.ts'

export const PING = 'webhook.ping'

/** Sends a delivery again, whatever became of it, under the same message id; the schedule begins anew. */
export async function resend(tx: Tx, id: string): Promise<DeliveryView> {
  const [row] = await tx<{ enabled: boolean }[]>`
    with again as (
      update deliveries d set state = 'pending', step = 0, next_at = now(), finished_at = null
        from endpoints e
       where d.id = ${id} and e.id = d.endpoint_id and e.enabled
    )
    select e.enabled from deliveries d join endpoints e on e.id = d.endpoint_id where d.id = ${id}`
  if (!row) throw errors.deliveryNotFound()
  if (!row.enabled) throw errors.disabled()
  return (await deliveryById(tx, id))!
}

/** A message that says nothing, to try an endpoint out. */
export async function sendPing(tx: Tx, endpointId: string): Promise<DeliveryView> {
  const [endpoint] = await tx<{ enabled: boolean }[]>`select e.enabled from endpoints e where e.id = ${endpointId}`
  if (!endpoint) throw errors.notFound()
  if (!endpoint.enabled) throw errors.disabled()
  const [id, eventId] = [uuidv7(), uuidv7()]
  const body = bodyOf({ type: PING, time: new Date().toISOString(), data: { endpointId } })
  await tx`
    with message as (insert into messages (event_id, type, body) values (${eventId}, ${PING}, ${body}))
    insert into deliveries (id, endpoint_id, event_id) values (${id}, ${endpointId}, ${eventId})`
  return (await deliveryById(tx, id))!
}
