import type { PostalAddress } from '#contracts/values.ts'
import type { Deps } from '../deps.ts'
import type { Shipment } from '../shipment.ts'
import { drawLabel } from '../label.ts'
import { NO_SHIPPING } from '../queries/shipping-options.ts'
import { linesOf, shipmentColumns } from '../store.ts'
import { moveShipment } from '../commands/move-shipment.ts'

const BATCH = 50

/**
 * Books planned parcels with their carriers and makes their labels, makes labels of returns, and tells carriers of parcels that
 * were stopped. Carriers know our keys, so what a crash interrupts is simply done again.
 */
export async function bookParcels(deps: Deps, signal: AbortSignal): Promise<void> {
  const { sql } = deps.db
  const todo = await sql<(Shipment & { address: PostalAddress | null })[]>`
    select ${shipmentColumns(sql)}, a.address
      from shipments s left join shipment_addresses a on a.shipment_id = s.id
     where not s.imported and (s.state = 'planned' or (s.direction = 'return' and s.state = 'labelled' and s.label_key is null))
     order by s.created_at limit ${BATCH}`
  for (const shipment of todo) {
    if (signal.aborted) return
    const work = shipment.carrier === NO_SHIPPING ? handOver(deps, shipment) : book(deps, shipment, shipment.address)
    await work.catch((error: unknown) =>
      deps.log.warn(
        { shipmentId: shipment.id, error: (error as Error).message },
        'a parcel could not be booked; it will be tried again',
      ),
    )
  }
  await tellStopped(deps, signal)
}

async function book(deps: Deps, shipment: Shipment, address: PostalAddress | null): Promise<void> {
  const { sql } = deps.db
  const carrier = deps.carriers.get(shipment.carrier) ?? [...deps.carriers.values()][0]
  if (!carrier) throw new Error('no carrier is configured')
  const lines = await linesOf(sql, shipment.id)
  const booking = { key: shipment.id, direction: shipment.direction, address, lines }
  const trackingNumber =
    shipment.trackingNumber ?? (await carrier.book(booking, AbortSignal.timeout(deps.settings.carrierTimeoutMs))).trackingNumber
  let labelKey: string | null = null
  if (address) {
    const label = {
      shipmentId: shipment.id,
      direction: shipment.direction,
      carrier: carrier.title,
      trackingNumber,
      address,
      lines,
      at: shipment.createdAt,
    }
    labelKey = `labels/${shipment.id}.pdf`
    await deps.objects.put(labelKey, await drawLabel(label), 'application/pdf')
  }
  // Stopped meanwhile: the number is kept, so that the carrier can be told.
  await sql`
    with s as (
      update shipments s
         set tracking_number = ${trackingNumber}, carrier = ${carrier.name}, label_key = ${labelKey}, version = s.version + 1, updated_at = now(),
             state = case when s.state = 'planned' then 'labelled' else s.state end
       where s.id = ${shipment.id} and s.label_key is null
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
