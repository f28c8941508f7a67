import type { Deps } from '../deps.ts'
import { applyMessage } from '../commands/receive-message.ts'

/** Tries parked carrier messages again for a day, a minute apart: the parcel may be known by then. Later they are left for staff. */
export async function retryMessages(deps: Deps, signal: AbortSignal): Promise<void> {
  const due = await deps.db.sql<{ carrier: string; id: string; body: string }[]>`
    update carrier_messages m set updated_at = now(), attempts = m.attempts + 1
     where (m.carrier, m.message_id) in (
             select o.carrier, o.message_id from carrier_messages o
              where o.state in ('received', 'parked') and o.body is not null and o.received_at > now() - interval '1 day'
                and o.updated_at < now() - interval '1 minute'
              order by o.updated_at limit 100 for update skip locked)
    returning m.carrier, m.message_id as id, m.body`
  for (const { carrier, id, body } of due) {
    if (signal.aborted) return
    const driver = deps.carriers.get(carrier)
    // one that cannot be understood any more keeps nobody behind it waiting
    const apply = async () => driver && (await applyMessage(deps, carrier, driver.parse(id, Buffer.from(body))))
    await apply().catch((error: unknown) =>
      deps.log.warn({ carrier, messageId: id, error: (error as Error).message }, 'a message of a carrier failed again'),
    )
  }
}
