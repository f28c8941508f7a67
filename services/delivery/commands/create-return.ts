import type { PostalAddress, StockLine } from '#contracts/values.ts'
import type { Deps } from '../deps.ts'
import type { Shipment } from '../shipment.ts'
import { ReturnInitiated } from '#contracts/events/delivery.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { errors } from '../errors.ts'
import { eventFacts } from '../shipment.ts'
import { countUnits, mergeLines, shipmentColumns } from '../store.ts'

/** Carrier of parcels that come back. */
const RETURN_CARRIER = 'dhl'

/**
 * A parcel from the customer back to us: books it with the carrier and prepares its label. Once per returnId. The carrier is asked
 * before anything is stored, by a key of the return, so a crash in between books nothing twice. Throws what the carrier throws, and
 * errors.numberTaken: by the same key the carrier would say the same number again, so there is nothing to wait for.
 */
export async function createReturn(
  deps: Deps,
  input: { orderId: string; returnId: string; address: PostalAddress; lines: readonly StockLine[] },
): Promise<{ shipmentId: string; trackingNumber: string }> {
  const { sql } = deps.db
  const earlier = await findReturn(deps, input.returnId)
  if (earlier?.trackingNumber) return { shipmentId: earlier.id, trackingNumber: earlier.trackingNumber }
  const lines = mergeLines(input.lines)
  const carrier = deps.carriers.get(RETURN_CARRIER) ?? [...deps.carriers.values()][0]
  if (!carrier) throw new Error('no carrier is configured')
  const { trackingNumber } = await carrier.book(
    { key: `return:${input.returnId}`, direction: 'return', address: input.address, lines },
    AbortSignal.timeout(deps.settings.carrierTimeoutMs),
  )
  const id = uuidv7()
  const facts = eventFacts({ id, orderId: input.orderId, carrier: carrier.name, trackingNumber, imported: false })
  const [made] = await sql<Shipment[]>`
    with s as (
      insert into shipments (id, order_id, direction, return_id, option_id, carrier, tracking_number, state, units)
      values (${id}, ${input.orderId}, 'return', ${input.returnId}, 'return', ${carrier.name}, ${trackingNumber}, 'labelled', ${countUnits(lines)})
      on conflict (return_id) where return_id is not null do nothing
      returning *
    ), content as (
      insert into shipment_lines (shipment_id, sku, quantity)
      select s.id, l.sku, l.quantity from s cross join lateral jsonb_to_recordset(${JSON.stringify(lines)}::text::jsonb) as l(sku text, quantity integer)
    ), addressed as (
      insert into shipment_addresses (shipment_id, address) select s.id, ${JSON.stringify(input.address)}::text::jsonb from s
    ), told as (
      select outbox_append(${deps.outbox.encode([ReturnInitiated({ ...facts, returnId: input.returnId })])}::text::jsonb) as events from s
    )
    select ${shipmentColumns(sql)}, (select told.events from told) as told from s`.catch(async (error: unknown) => {
    if (!isUniqueViolation(error, 'shipments_tracking_number')) throw error
    // another try of the same return may have stored it meanwhile, under the number that this one was given, too
    if (!(await findReturn(deps, input.returnId))) throw errors.numberTaken({}, { cause: error })
    return []
  })
  const stored = made ?? (await findReturn(deps, input.returnId))
  if (!stored) throw new Error(`return ${input.returnId} was neither stored nor found`)
  return { shipmentId: stored.id, trackingNumber: stored.trackingNumber ?? trackingNumber }
}

export async function findReturn(deps: Pick<Deps, 'db'>, returnId: string): Promise<Shipment | undefined> {
  const { sql } = deps.db
  const [row] = await sql<Shipment[]>`select ${shipmentColumns(sql)} from shipments s where s.return_id = ${returnId}`
  return row
}
