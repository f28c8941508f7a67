import type { OrderParcel } from '#contracts/rpc/delivery.ts'
import type { Deps } from '../deps.ts'
import type { Shipment } from '../shipment.ts'
import { shipmentColumns } from '../store.ts'
import { NO_SHIPPING } from './shipping-options.ts'

interface Row extends Shipment {
  readonly lines: OrderParcel['lines']
  readonly events: { readonly state: OrderParcel['state']; readonly at: string }[]
}

/** What is on its way to a customer, with content and every state, in one statement. What was stopped is told by the order itself. */
export async function parcelsOfOrder({ db, carriers }: Deps, orderId: string): Promise<OrderParcel[]> {
  const rows = await db.read<Row[]>`
    select ${shipmentColumns(db.read)},
           coalesce((select jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) order by l.sku)
                       from shipment_lines l where l.shipment_id = s.id), '[]') as lines,
           coalesce((select jsonb_agg(jsonb_build_object('state', t.status, 'at', t.happened_at) order by t.happened_at, t.id)
                       from tracking_events t where t.shipment_id = s.id), '[]') as events
      from shipments s
     where s.order_id = ${orderId} and s.direction = 'out' and s.state <> 'cancelled'
     order by s.created_at, s.id`
  return rows.map(({ id, state, carrier, trackingNumber, lines, events }) => {
    const known = carriers.get(carrier)
    return {
      id,
      state,
      carrier: known?.title ?? (carrier === NO_SHIPPING ? null : carrier),
      trackingNumber,
      trackingUrl: trackingNumber === null ? null : (known?.trackingUrl(trackingNumber) ?? null),
      lines,
      events: events.map(({ state: reached, at }) => ({ state: reached, at: new Date(at).toISOString() })),
    }
  })
}
