import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import { on, type Reaction } from '#kit/messaging/bus.ts'
import type { Event, EventDefinition } from '#kit/messaging/event.ts'
import { bodyOf } from '../body.ts'
import { matches } from '../endpoint.ts'
import { publicEvents } from '../public-events.ts'

interface Subscription {
  readonly id: string
  readonly events: readonly string[]
}

/**
 * Every public event becomes one delivery for each endpoint that asked for it. Whoever listens is read once a transaction, that
 * is once a batch of events: in a shop without endpoints an event costs a look into an empty list. Imported history is nobody's news.
 */
export function queueDeliveries(): Reaction[] {
  const known = new WeakMap<Query, Promise<readonly Subscription[]>>()
  const subscriptions = (tx: Query) => {
    const list = known.get(tx) ?? readSubscriptions(tx)
    known.set(tx, list)
    return list
  }
  const queue = (definition: EventDefinition) =>
    on(definition, async (event, { tx }) => {
      const wanting = (await subscriptions(tx)).filter(({ events }) => events.some((pattern) => matches(pattern, definition)))
      if (wanting.length === 0 || isImported(event.data)) return
      await storeDeliveries(tx, event, wanting)
    })
  return [...publicEvents.values()].map(queue)
}

async function readSubscriptions(tx: Query): Promise<readonly Subscription[]> {
  return await tx<Subscription[]>`select e.id, e.events from endpoints e where e.enabled`
}

async function storeDeliveries(tx: Query, event: Event, endpoints: readonly Subscription[]): Promise<void> {
  const rows = endpoints.map(({ id }) => ({ id: uuidv7(), endpoint_id: id }))
  await tx`
    with message as (
      insert into messages (event_id, type, body) values (${event.id}, ${event.type}, ${bodyOf(event)}) on conflict (event_id) do nothing
    )
    insert into deliveries (id, endpoint_id, event_id)
    select r.id, r.endpoint_id, ${event.id}::uuid
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (id uuid, endpoint_id uuid)
      join endpoints e on e.id = r.endpoint_id
    on conflict (endpoint_id, event_id) do nothing`
}

const isImported = (data: unknown): boolean => (data as { imported?: unknown } | null)?.imported === true
