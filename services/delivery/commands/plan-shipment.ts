import type { PostalAddress, StockLine } from '#contracts/values.ts'
import type { Db, Sql } from '#kit/db/db.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import { DeliveryCompleted, ShipmentCreated, ShipmentDispatched } from '#contracts/events/delivery.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'
import { committing } from '#kit/db/late-commit.ts'
import { isCheckViolation } from '#kit/db/pg-errors.ts'
import { errors } from '../errors.ts'
import { eventFacts } from '../shipment.ts'
import { countUnits, mergeLines } from '../store.ts'

export interface PlanInput {
  readonly shipmentId: string
  readonly orderId: string
  readonly optionId: string
  readonly carrier: string
  readonly address: PostalAddress
  readonly lines: readonly StockLine[]
  /** all units of the order that have to be sent */
  readonly orderUnits: number
  /** what was ordered of each SKU, where the caller knows; known anyway when the parcel is the whole order */
  readonly ordered?: readonly StockLine[]
  readonly imported: boolean
  /** historical time of an imported parcel, which has arrived long ago */
  readonly at?: Date | undefined
}

/** `late`: the caller lives with a commit that is on disk a little later. */
export type PlanShipment = (input: PlanInput, late?: boolean) => Promise<{ shipmentId: string }>

const DAY_MS = 86_400_000
/** How long an imported parcel is taken to have needed; nobody recorded it. */
const HISTORY = { dispatchDays: 1, deliverDays: 3 }

/**
 * Plans a parcel, once per shipmentId: parcel, lines, address, counters of the order and event in ONE statement, which
 * concurrent checkouts share. The CHECKs of the counters refuse parcels of more than was ordered, and of stopped orders.
 * Throws errors.moreThanOrdered, errors.orderStopped.
 */
export function createPlanShipment({ db, outbox }: { db: Db; outbox: Outbox }): PlanShipment {
  const group = { maxSize: 64, maxInFlight: 2, lane: statementLane }
  const store = grouped(group, async (planned: readonly { row: object; late: boolean }[]) => {
    const late = planned.every((one) => one.late)
    await planAll(
      db.sql,
      planned.map(({ row }) => row),
      late,
    )
    return planned.map(() => undefined)
  })
  return async (input, late = false) => {
    try {
      await store({ row: rowOf(input, outbox), late: late && db.lateCommits })
    } catch (error) {
      if (isCheckViolation(error, 'fulfilments_not_after_stop'))
        throw errors.orderStopped({ orderId: input.orderId }, { cause: error })
      if (
        isCheckViolation(error, 'fulfilments_not_more_than_ordered') ||
        isCheckViolation(error, 'fulfilment_lines_not_more_than_ordered')
      ) {
        throw errors.moreThanOrdered({ orderId: input.orderId }, { cause: error })
      }
      throw error
    }
    return { shipmentId: input.shipmentId }
  }
}

function rowOf(input: PlanInput, outbox: Outbox) {
  const lines = mergeLines(input.lines)
  const units = countUnits(lines)
  const ordered = new Map(
    mergeLines(input.ordered ?? (units === input.orderUnits ? lines : [])).map((line) => [line.sku, line.quantity]),
  )
  const { at } = input
  const later = (days: number) => (at ? new Date(at.getTime() + days * DAY_MS) : undefined)
  const dispatchedAt = input.imported ? (later(HISTORY.dispatchDays) ?? new Date()) : undefined
  const deliveredAt = input.imported ? (later(HISTORY.deliverDays) ?? new Date()) : undefined
  const facts = eventFacts({
    id: input.shipmentId,
    orderId: input.orderId,
    carrier: input.carrier,
    trackingNumber: null,
    imported: input.imported,
  })
  const remaining = Math.max(0, input.orderUnits - units)
  const events: NewEvent[] = [ShipmentCreated({ ...facts, lines }, { at })]
  if (input.imported) {
    events.push(
      ShipmentDispatched({ ...facts, lines, remaining }, { at: dispatchedAt }),
      DeliveryCompleted({ ...facts, remaining }, { at: deliveredAt }),
    )
  }
  return {
    id: input.shipmentId,
    orderId: input.orderId,
    optionId: input.optionId,
    carrier: input.carrier,
    state: input.imported ? 'delivered' : 'planned',
    units,
    orderUnits: input.orderUnits,
    // an address of history is needed by nobody any more
    address: input.imported ? null : input.address,
    lines: lines.map((line) => ({ ...line, ordered: ordered.get(line.sku) ?? null })),
    imported: input.imported,
    at: at?.toISOString() ?? null,
    dispatchedAt: dispatchedAt?.toISOString() ?? null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
    events: outbox.rows(events),
  }
}

async function planAll(sql: Sql, rows: readonly object[], late: boolean): Promise<void> {
  await sql`
    with input as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as i(
        id uuid, "orderId" uuid, "optionId" text, carrier text, state text, units integer, "orderUnits" integer, address jsonb, lines jsonb,
        imported boolean, at timestamptz, "dispatchedAt" timestamptz, "deliveredAt" timestamptz, events jsonb)
    ), made as (
      insert into shipments (id, order_id, option_id, carrier, state, units, imported, created_at, dispatched_at, delivered_at, updated_at)
      select i.id, i."orderId", i."optionId", i.carrier, i.state, i.units, i.imported, coalesce(i.at, now()), i."dispatchedAt", i."deliveredAt",
             coalesce(i."deliveredAt", now())
        from input i order by i.id
      on conflict (id) do nothing
      returning id
    ), fresh as (
      select i.* from input i join made m on m.id = i.id
    ), content as (
      insert into shipment_lines (shipment_id, sku, quantity)
      select f.id, l.sku, l.quantity from fresh f cross join lateral jsonb_to_recordset(f.lines) as l(sku text, quantity integer)
    ), addressed as (
      insert into shipment_addresses (shipment_id, address) select f.id, f.address from fresh f where f.address is not null and f.address <> 'null'
    ), counted as (
      insert into fulfilments as c (order_id, units, planned_units, dispatched_units, delivered_units)
      select f."orderId", f."orderUnits", f.units, case when f.imported then f.units else 0 end, case when f.imported then f.units else 0 end
        from fresh f order by f."orderId"
      on conflict (order_id) do update
        set units = excluded.units, planned_units = c.planned_units + excluded.planned_units,
            dispatched_units = c.dispatched_units + excluded.dispatched_units, delivered_units = c.delivered_units + excluded.delivered_units,
            updated_at = now()
      returning 1
    ), counted_lines as (
      insert into fulfilment_lines as c (order_id, sku, ordered, planned)
      select f."orderId", l.sku, l.ordered, l.quantity
        from fresh f cross join lateral jsonb_to_recordset(f.lines) as l(sku text, quantity integer, ordered integer) order by 1, 2
      on conflict (order_id, sku) do update set ordered = coalesce(excluded.ordered, c.ordered), planned = c.planned + excluded.planned
    )
    select outbox_append(jsonb_agg(e.event)) from ${committing(sql, late)} as durability, fresh f cross join lateral jsonb_array_elements(f.events) e(event) having count(*) > 0`
}
