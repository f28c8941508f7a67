import { uuidv7 } from '#kit/core/ids.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { onAny, type Reaction } from '#kit/messaging/bus.ts'
import type { Event } from '#kit/messaging/event.ts'
import type { Attention } from '#kit/service/service.ts'
import { bodyOf } from '../body.ts'
import type { Deps } from '../deps.ts'
import { matches } from '../endpoint.ts'
import { publicEvents } from '../public-events.ts'

interface Subscription {
  readonly id: string
  readonly events: readonly string[]
}

/** Every public event becomes one delivery for each endpoint that asked for it. Imported history is nobody's news. */
export function queueDeliveries(): Reaction[] {
  const known = new WeakMap<Query, Promise<readonly Subscription[]>>()
  const subscriptions = (tx: Tx) => {
    const list = known.get(tx) ?? readSubscriptions(tx)
    known.set(tx, list)
    return list
  }
  return onAny([...publicEvents.values()], async (events, { tx }) => {
    const endpoints = await subscriptions(tx)
    const news = events
      .filter(({ data }) => !isImported(data))
      .map((event) => ({ event, endpoints: endpoints.filter((endpoint) => wants(endpoint, event)) }))
      .filter(({ endpoints }) => endpoints.length > 0)
    if (news.length > 0) await storeDeliveries(tx, news)
  })
}

const wants = ({ events }: Subscription, { type }: Event): boolean =>
  events.some((pattern) => matches(pattern, publicEvents.get(type)!))

interface News {
  readonly event: Event
  /** those that asked for it */
  readonly endpoints: readonly Subscription[]
}

/** Types that no endpoint has asked for are passed over: in a shop without endpoints events cost a look into an empty list now and then. */
export function listenForEndpoints({ db }: Deps): Attention {
  return {
    pauseMs: 100,
    async wanted() {
      const patterns = (await readSubscriptions(db.sql)).flatMap(({ events }) => events)
      return (type) => {
        const definition = publicEvents.get(type)
        // a version that is newer than this code is not passed over, it is parked
        return definition === undefined ? patterns.length > 0 : patterns.some((pattern) => matches(pattern, definition))
      }
    },
  }
}

async function readSubscriptions(sql: Query): Promise<readonly Subscription[]> {
  return await sql<Subscription[]>`select e.id, e.events from endpoints e where e.enabled`
}

/** One statement for all of them. */
async function storeDeliveries(tx: Tx, news: readonly News[]): Promise<void> {
  const messages = news.map(({ event }) => ({ event_id: event.id, type: event.type, body: bodyOf(event) }))
  const deliveries = news.flatMap(({ event, endpoints }) =>
    endpoints.map(({ id }) => ({ id: uuidv7(), endpoint_id: id, event_id: event.id })),
  )
  await tx`
    with message as (
      insert into messages (event_id, type, body)
      select m.event_id, m.type, m.body from jsonb_to_recordset(${JSON.stringify(messages)}::text::jsonb) as m (event_id uuid, type text, body text)
      on conflict (event_id) do nothing
    )
    insert into deliveries (id, endpoint_id, event_id)
    select r.id, r.endpoint_id, r.event_id
      from jsonb_to_recordset(${JSON.stringify(deliveries)}::text::jsonb) as r (id uuid, endpoint_id uuid, event_id uuid)
      join endpoints e on e.id = r.endpoint_id
    on conflict (endpoint_id, event_id) do nothing`
}

const isImported = (data: unknown): boolean => (data as { imported?: unknown } | null)?.imported === true
