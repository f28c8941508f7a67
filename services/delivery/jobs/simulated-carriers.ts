import type { SimulatedCarrierMessage } from '../carriers/simulated.ts'
import type { Deps } from '../deps.ts'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { receiveMessage } from '../commands/receive-message.ts'

/*
 * The road of the simulated carriers: parcels move one stage a run when their time has come, and every stage is reported by a
 * signed message, as bytes through the same door as a real carrier's.
 */

interface DueMessage {
  id: string
  carrier: string
  trackingNumber: string
  status: SimulatedCarrierMessage['status']
  happenedAt: Date
}

/** Stages after the pick-up; the time to deliver is divided evenly among them. */
const LEGS = 3

export async function simulateCarriers(deps: Deps, signal: AbortSignal): Promise<void> {
  const { sql } = deps.db
  await sql`
    with due as (
      select p.tracking_number from sim_parcels p where p.next_at <= now() order by p.next_at limit 200 for update skip locked
    ), moved as (
      update sim_parcels p
         set stage = case p.stage when 'booked' then 'picked-up' when 'picked-up' then 'in-transit' when 'in-transit' then 'out-for-delivery'
                     else case when p.fails then 'failed' else 'delivered' end end,
             next_at = case when p.stage = 'out-for-delivery' then null
                       else now() + ${deps.settings.simulatedDeliverMs} / ${LEGS}::float8 * interval '1 millisecond' end
        from due where p.tracking_number = due.tracking_number
      returning p.tracking_number, p.carrier, p.stage
    )
    insert into sim_messages (id, carrier, tracking_number, status)
    select 'msg_' || gen_random_uuid(), m.carrier, m.tracking_number, m.stage from moved m`
  await sendDue(deps, signal)
}

async function sendDue(deps: Deps, signal: AbortSignal): Promise<void> {
  const due = await deps.db.sql<DueMessage[]>`
    update sim_messages m set attempts = m.attempts + 1, due_at = now() + least(60, power(2, m.attempts)) * interval '1 second'
     where m.id in (select o.id from sim_messages o where o.delivered_at is null and o.due_at <= now() and o.attempts < 20
                     order by o.happened_at, o.id limit 200 for update skip locked)
    returning m.id, m.carrier, m.tracking_number as "trackingNumber", m.status, m.happened_at as "happenedAt"`
  for (const message of due.sort((a, b) => a.happenedAt.getTime() - b.happenedAt.getTime())) {
    if (signal.aborted) return
    await send(deps, message)
  }
}

async function send(deps: Deps, { id, carrier, trackingNumber, status, happenedAt }: DueMessage): Promise<void> {
  const message: SimulatedCarrierMessage = {
    id,
    trackingNumber,
    status,
    happenedAt: happenedAt.toISOString(),
    ...(status === 'failed' ? { reason: 'nobody-home' } : {}),
  }
  const body = Buffer.from(JSON.stringify(message))
  try {
    await receiveMessage(deps, {
      carrier,
      headers: { ...signWebhook(deps.simulatedSecrets.slice(0, 1), id, body, new Date()) },
      body,
    })
    await deps.db.sql`update sim_messages set delivered_at = now() where id = ${id}`
  } catch (error) {
    deps.log.warn(
      { messageId: id, error: (error as Error).message },
      'a message of a simulated carrier was not accepted; it will be sent again',
    )
  }
}
