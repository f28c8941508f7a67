import { ShipmentCreated } from '#contracts/events/delivery.ts'
import type { PostalAddress, StockLine } from '#contracts/values.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import { eventFacts, eventsOf, hasLeft, isHere, type Shipment } from '../shipment.ts'
import { countUnits, linesOf, mergeLines, shipmentColumns, shipmentsOfOrder } from '../store.ts'

export interface ParcelChange {
  readonly orderId: string
  readonly changeId: string
  /** all of the order, in one parcel; left out: each parcel keeps its content */
  readonly lines?: readonly StockLine[] | undefined
  readonly address?: PostalAddress | undefined
}

export type ReplaceOutcome = 'replaced' | 'dispatched' | 'nothing' | 'stopped'

/**
 * New parcels, with other content or another address, in the place of those that have not left: the old labels lose their carrier, new
 * ones are made. One step under the lock of the order's row, so a parcel is dispatched before, and nothing changes, or never. Once per
 * changeId.
 */
export async function replaceParcels(tx: Tx, outbox: Outbox, change: ParcelChange): Promise<ReplaceOutcome> {
  const { orderId, changeId } = change
  const [order] = await tx<{ stopped: boolean }[]>`
    select f.stopped_at is not null as stopped from fulfilments f where f.order_id = ${orderId} for update`
  const [done] = await tx`select 1 from parcel_changes c where c.id = ${changeId}`
  if (done) return 'replaced'
  if (order?.stopped) return 'stopped'
  const parcels = (await shipmentsOfOrder(tx, orderId)).filter(({ direction }) => direction === 'out')
  if (parcels.some(({ state }) => hasLeft(state))) return 'dispatched'
  const here = parcels.filter(({ state }) => isHere(state))
  if (here.length === 0) return 'nothing'
  await tx`insert into parcel_changes (id, order_id) values (${changeId}, ${orderId})`
  const made = change.lines
    ? [{ old: here[0]!, lines: mergeLines(change.lines) }]
    : await Promise.all(here.map(async (old) => ({ old, lines: await linesOf(tx, old.id) })))
  await stop(tx, outbox, here)
  if (change.lines) await recount(tx, orderId, made[0]!.lines)
  for (const [index, { old, lines }] of made.entries())
    await plan(tx, outbox, { ...old, id: uuidFrom(`parcel ${index + 1} of change ${changeId}`) }, old.id, lines, change.address)
  return 'replaced'
}

async function stop(tx: Tx, outbox: Outbox, parcels: readonly Shipment[]): Promise<void> {
  const ids = parcels.map(({ id }) => id)
  const stopped = await tx<Shipment[]>`
    update shipments s set state = 'cancelled', reason = 'replaced', version = s.version + 1, updated_at = now()
     where s.id = any(${ids}::uuid[]) returning ${shipmentColumns(tx)}`
  await tx`insert into tracking_events (shipment_id, status, note) select s, 'cancelled', 'replaced' from unnest(${ids}::uuid[]) s`
  await outbox.append(
    tx,
    stopped.flatMap((parcel) => eventsOf(parcel, [], { toDispatch: 0, toDeliver: 0 })),
  )
}

/** The order has other units now: its counters say so before the parcel is planned that holds them. */
async function recount(tx: Tx, orderId: string, lines: readonly StockLine[]): Promise<void> {
  const units = countUnits(lines)
  await tx`update fulfilments f set units = ${units}, planned_units = ${units}, updated_at = now() where f.order_id = ${orderId}`
  await tx`delete from fulfilment_lines l where l.order_id = ${orderId}`
  await tx`
    insert into fulfilment_lines (order_id, sku, ordered, planned)
    select ${orderId}, l.sku, l.quantity, l.quantity
      from jsonb_to_recordset(${JSON.stringify(lines)}::text::jsonb) as l(sku text, quantity integer)`
}

async function plan(
  tx: Tx,
  outbox: Outbox,
  parcel: Shipment,
  oldId: string,
  lines: readonly StockLine[],
  address: PostalAddress | undefined,
): Promise<void> {
  await tx`
    insert into shipments (id, order_id, option_id, carrier, state, units)
    values (${parcel.id}, ${parcel.orderId}, ${parcel.optionId}, ${parcel.carrier}, 'planned', ${countUnits(lines)})`
  await tx`
    insert into shipment_lines (shipment_id, sku, quantity)
    select ${parcel.id}, l.sku, l.quantity from jsonb_to_recordset(${JSON.stringify(lines)}::text::jsonb) as l(sku text, quantity integer)`
  await tx`
    insert into shipment_addresses (shipment_id, address, erase_when_finished)
    select ${parcel.id}, coalesce(${address ? JSON.stringify(address) : null}::text::jsonb, a.address), a.erase_when_finished
      from shipment_addresses a where a.shipment_id = ${oldId}`
  const facts = eventFacts({ ...parcel, trackingNumber: null })
  await outbox.append(tx, [ShipmentCreated({ ...facts, lines: [...lines] })])
}
