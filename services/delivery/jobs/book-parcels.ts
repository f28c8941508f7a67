import type { Query } from '#kit/db/db.ts'
import type { PostalAddress, StockLine } from '#contracts/values.ts'
import { asWritten } from '../address-formats.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { onDisk } from '#kit/db/late-commit.ts'
import { createSpareTime } from '#kit/service/spare-time.ts'
import type { Deps } from '../deps.ts'
import type { Shipment } from '../shipment.ts'
import { labelKeyOf } from '../label-file.ts'
import { NO_SHIPPING } from '../queries/shipping-options.ts'
import { shipmentColumns } from '../store.ts'
import { moveShipment } from '../commands/move-shipment.ts'

const BATCH = 50
/** Batches of a carrier in a row of which nothing was booked, until it is asked no more in a run. */
const PATIENCE = 4
/** Carriers and parcels can wait where orders cannot. */
const spareTime = createSpareTime()

interface Planned extends Shipment {
  readonly address: PostalAddress | null
  readonly lines: StockLine[]
}

interface Booked {
  readonly id: string
  readonly carrier: string
  readonly tracking_number: string
  readonly label_key: string | null
}

/**
 * Books planned parcels with their carriers, batch by batch, and tells carriers of parcels that were stopped. Carriers know our keys, so
 * what a crash interrupts is simply done again. The label is drawn when somebody asks for it. What fails keeps nothing waiting that was
 * planned after it: each is tried once in a run, and a carrier that lets a whole batch wait, or books nothing of four, is asked no more in it.
 */
export async function bookParcels(deps: Deps, signal: AbortSignal): Promise<void> {
  const failed = new Map<string, number>()
  let last: string | undefined
  for (let full = true; full && !signal.aborted; ) {
    const without = [...failed].filter(([, batches]) => batches >= PATIENCE).map(([carrier]) => carrier)
    const todo = await unbooked(deps.db.sql, { after: last, without })
    last = todo.at(-1)?.id
    full = todo.length === BATCH
    // no carrier may know of a parcel that a crash takes from us
    if (todo.length > 0) await onDisk(deps.db.sql)
    const carried = todo.filter(({ carrier }) => carrier !== NO_SHIPPING)
    const tries = await Promise.allSettled(carried.map((shipment) => book(deps, shipment)))
    for (const [index, one] of tries.entries()) if (one.status === 'rejected') later(deps, carried[index]!)(one.reason)
    await noteAll(
      deps,
      tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    )
    count(failed, carried, tries)
    for (const shipment of todo) if (shipment.carrier === NO_SHIPPING) await handOver(deps, shipment).catch(later(deps, shipment))
    if (full) await spareTime(signal)
  }
  await tellStopped(deps, signal)
}

/**
 * Counts in `failed`, by carrier, the batches in a row of which nothing was booked. One that lets a whole batch wait has used up its PATIENCE:
 * the others refuse, and the next of theirs may go.
 */
function count(failed: Map<string, number>, asked: readonly Shipment[], tries: readonly PromiseSettledResult<Booked>[]): void {
  for (const [carrier, theirs] of Map.groupBy(tries, (_, index) => asked[index]!.carrier)) {
    if (theirs.some(({ status }) => status === 'fulfilled')) failed.delete(carrier)
    else failed.set(carrier, theirs.every(timedOut) ? PATIENCE : (failed.get(carrier) ?? 0) + 1)
  }
}

const timedOut = (one: PromiseSettledResult<Booked>): boolean =>
  one.status === 'rejected' && (one.reason as Error | undefined)?.name === 'TimeoutError'

/**
 * The oldest parcels that no carrier knows of yet: those planned after the parcel `after`, of carriers other than `without`. The condition is
 * that of the index `shipments_unbooked`.
 */
export function unbooked(sql: Query, { after, without = [] }: { after?: string | undefined; without?: readonly string[] } = {}) {
  return sql<Planned[]>`
    select ${shipmentColumns(sql)}, a.address,
      coalesce((select jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) order by l.sku)
                  from shipment_lines l where l.shipment_id = s.id), '[]') as lines
      from shipments s left join shipment_addresses a on a.shipment_id = s.id
     where not s.imported and (s.state = 'planned' or (s.direction = 'return' and s.state = 'labelled' and s.label_key is null))
       ${after === undefined ? sql`` : sql`and (s.created_at, s.id) > (select l.created_at, l.id from shipments l where l.id = ${after})`}
       ${without.length === 0 ? sql`` : sql`and s.carrier <> all(${[...without]}::text[])`}
     order by s.created_at, s.id limit ${BATCH}`
}

const later =
  (deps: Deps, { id }: Pick<Shipment, 'id'>) =>
  (error: unknown): undefined =>
    deps.log.warn(
      { shipmentId: id, error: (error as Error).message },
      'a parcel could not be booked; it will be tried again',
    ) as undefined

async function book(deps: Deps, shipment: Planned): Promise<Booked> {
  const carrier = deps.carriers.get(shipment.carrier) ?? [...deps.carriers.values()][0]
  if (!carrier) throw new Error('no carrier is configured')
  const { id, direction, address, lines } = shipment
  const booking = { key: id, direction, address: address && asWritten(address), lines }
  const trackingNumber =
    shipment.trackingNumber ?? (await carrier.book(booking, AbortSignal.timeout(deps.settings.carrierTimeoutMs))).trackingNumber
  return { id, carrier: carrier.name, tracking_number: trackingNumber, label_key: address ? labelKeyOf(id) : null }
}

/** A carrier that gives a parcel the number of another one must not keep the others here. */
async function noteAll(deps: Deps, booked: readonly Booked[]): Promise<void> {
  try {
    await noteBooked(deps, booked)
  } catch (error) {
    if (!isUniqueViolation(error, 'shipments_tracking_number')) throw error
    for (const one of booked) await noteBooked(deps, [one]).catch(later(deps, one))
  }
}

/** One statement for the batch. Stopped meanwhile: the number is kept, so that the carrier can be told. */
async function noteBooked({ db: { sql } }: Deps, booked: readonly Booked[]): Promise<void> {
  if (booked.length === 0) return
  await sql`
    with s as (
      update shipments s
         set tracking_number = b.tracking_number, carrier = b.carrier, label_key = b.label_key, version = s.version + 1, updated_at = now(),
             state = case when s.state = 'planned' then 'labelled' else s.state end
        from jsonb_to_recordset(${JSON.stringify(booked)}::text::jsonb) as b(id uuid, carrier text, tracking_number text, label_key text)
       where s.id = b.id and s.label_key is null
      returning s.id, s.state
    )
    insert into tracking_events (shipment_id, status) select s.id, 'labelled' from s where s.state = 'labelled'`
}

/** An order without anything to carry is there as soon as it is confirmed. */
async function handOver(deps: Deps, shipment: Shipment): Promise<void> {
  await deps.db.tx((tx) => moveShipment(tx, deps.outbox, shipment.id, { to: 'delivered' }))
}

async function tellStopped(deps: Deps, signal: AbortSignal): Promise<void> {
  const { sql } = deps.db
  const stopped = await sql<Shipment[]>`
    select ${shipmentColumns(sql)} from shipments s
     where s.state = 'cancelled' and s.tracking_number is not null and not s.carrier_stopped order by s.updated_at limit ${BATCH}`
  for (const shipment of stopped) {
    if (signal.aborted || !shipment.trackingNumber) return
    try {
      await deps.carriers
        .get(shipment.carrier)
        ?.stop(shipment.trackingNumber, AbortSignal.timeout(deps.settings.carrierTimeoutMs))
      await sql`update shipments set carrier_stopped = true where id = ${shipment.id}`
    } catch (error) {
      deps.log.warn(
        { shipmentId: shipment.id, error: (error as Error).message },
        'a carrier could not be told that a parcel is stopped',
      )
    }
  }
}
