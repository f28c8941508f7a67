import { uuidv7 } from '#kit/core/ids.ts'
import { seal } from '#kit/core/sealed.ts'
import type { Tx } from '#kit/db/db.ts'
import { OutwardRefused, outwardUrl } from '#kit/http/outward-url.ts'
import type { Deps } from '../deps.ts'
import { matches, newEndpointSecret } from '../endpoint.ts'
import { errors } from '../errors.ts'
import { publicEvents } from '../public-events.ts'
import { type EndpointView, sealName, type StoredEndpoint, storedColumns, viewOf } from '../queries/endpoints.ts'

export interface EndpointFields {
  readonly url: string
  readonly events: readonly string[]
  readonly description: string
}

/** A new endpoint with a secret of its own. Throws `webhooks/bad-url`, `webhooks/unknown-events`. */
export async function addEndpoint(deps: Deps, tx: Tx, fields: EndpointFields): Promise<EndpointView> {
  check(deps, fields)
  const id = uuidv7()
  const secret = seal(deps.key, sealName(id), Buffer.from(newEndpointSecret()))
  const [row] = await tx<StoredEndpoint[]>`
    insert into endpoints as e (id, url, description, events, secret)
    values (${id}, ${fields.url}, ${fields.description}, ${tx.array([...fields.events])}, ${secret})
    returning ${storedColumns(tx)}`
  return viewOf(row!)
}

export interface EndpointChange extends Partial<EndpointFields> {
  readonly enabled?: boolean
}

/** Changes what is given. What still waits goes to the new address; switched on again, what waits is sent. */
export async function changeEndpoint(
  deps: Deps,
  tx: Tx,
  id: string,
  change: EndpointChange,
  expectedVersion: number | undefined,
): Promise<EndpointView> {
  check(deps, change)
  const [row] = await tx<StoredEndpoint[]>`
    update endpoints e set
      url = coalesce(${change.url ?? null}, e.url),
      description = coalesce(${change.description ?? null}, e.description),
      events = coalesce(${change.events ? tx.array([...change.events]) : null}, e.events),
      enabled = coalesce(${change.enabled ?? null}, e.enabled),
      disabled_reason = case ${change.enabled ?? null}::boolean when true then null when false then coalesce(e.disabled_reason, 'staff') else e.disabled_reason end,
      version = e.version + 1,
      updated_at = now()
    where e.id = ${id} and (${expectedVersion ?? null}::integer is null or e.version = ${expectedVersion ?? null})
    returning ${storedColumns(tx)}`
  if (row) return viewOf(row)
  const [other] = await tx`select 1 from endpoints where id = ${id}`
  throw other ? errors.versionConflict() : errors.notFound()
}

/** Takes the endpoint away, with all that was or was not sent to it. */
export async function removeEndpoint(tx: Tx, id: string): Promise<void> {
  const removed = await tx`delete from endpoints where id = ${id}`
  if (removed.count === 0) throw errors.notFound()
}

function check({ settings }: Deps, { url, events }: Partial<EndpointFields>): void {
  try {
    if (url !== undefined) outwardUrl(url, settings)
  } catch (error) {
    if (!(error instanceof OutwardRefused)) throw error
    throw errors.badUrl({}, { fields: [{ pointer: '/url', message: error.message }] })
  }
  const all = [...publicEvents.values()]
  const unknown = (events ?? []).flatMap((pattern, position) => (all.some((event) => matches(pattern, event)) ? [] : [position]))
  if (unknown.length === 0) return
  throw errors.unknownEvents(
    {},
    { fields: unknown.map((position) => ({ pointer: `/events/${position}`, message: 'matches no public event' })) },
  )
}
