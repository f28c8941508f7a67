import type { StockLine } from '#contracts/values.ts'
import type { Deps } from '../deps.ts'
import type { Shipment } from '../shipment.ts'
import { errors } from '../errors.ts'
import { countUnits, findShipment, mergeLines } from '../store.ts'

const READY = new Set(['CONFIRMED', 'SHIPPED'])

/**
 * Staff send an order, or a part of it. Without lines: all that is in no parcel yet. Idempotent by shipmentId. What is open is only
 * read to make a proposal; the counters' CHECKs decide. Throws errors.orderNotFound, .notReadyToShip, .noAddress, .nothingLeft,
 * .moreThanOrdered, .orderStopped.
 */
export async function shipOrder(
  deps: Deps,
  input: { orderId: string; shipmentId: string; optionId?: string | undefined; lines?: readonly StockLine[] | undefined },
): Promise<Shipment> {
  const { sql } = deps.db
  const earlier = await findShipment(sql, input.shipmentId)
  if (earlier) return earlier
  const order = await deps.orders.order({ orderId: input.orderId })
  if (!order) throw errors.orderNotFound()
  if (!READY.has(order.status)) throw errors.notReadyToShip({ status: order.status })
  if (!order.address) throw errors.noAddress()
  const ordered = mergeLines(order.lines)
  const planned = await sql<
    { sku: string; planned: number }[]
  >`select l.sku, l.planned from fulfilment_lines l where l.order_id = ${input.orderId}`
  const open = subtract(ordered, planned)
  if (open.length === 0) throw errors.nothingLeft()
  const lines = input.lines ? mergeLines(input.lines) : open
  const known = new Set(ordered.map(({ sku }) => sku))
  if (lines.some(({ sku }) => !known.has(sku))) throw errors.moreThanOrdered({ orderId: input.orderId })
  const optionId = input.optionId ?? (await lastOption(deps, input.orderId)) ?? 'home-standard'
  await deps.plan({
    shipmentId: input.shipmentId,
    orderId: input.orderId,
    optionId,
    carrier: await deps.options.carrierOf(optionId),
    address: order.address,
    lines,
    orderUnits: countUnits(ordered),
    ordered,
    imported: false,
  })
  const made = await findShipment(sql, input.shipmentId)
  if (!made) throw new Error(`shipment ${input.shipmentId} was planned and is not there`)
  return made
}

function subtract(ordered: readonly StockLine[], planned: readonly { sku: string; planned: number }[]): StockLine[] {
  const gone = new Map(planned.map((line) => [line.sku, line.planned]))
  return ordered
    .map(({ sku, quantity }) => ({ sku, quantity: quantity - (gone.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
}

async function lastOption(deps: Deps, orderId: string): Promise<string | undefined> {
  const [row] = await deps.db.sql<{ optionId: string }[]>`
    select s.option_id as "optionId" from shipments s where s.order_id = ${orderId} and s.direction = 'out' order by s.created_at desc limit 1`
  return row?.optionId
}
