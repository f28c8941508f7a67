import type { Invariant } from '#kit/service/service.ts'

/** Must each return no row, at any moment. */
export const invariants: readonly Invariant[] = [
  {
    name: 'no order has more units planned than it has, and its counters are those of its parcels',
    sql: `select f.order_id from fulfilments f
            left join (select order_id,
                              sum(units) filter (where state <> 'cancelled') as planned,
                              sum(units) filter (where state not in ('planned', 'labelled', 'cancelled')) as dispatched,
                              sum(units) filter (where delivered_at is not null) as delivered
                         from shipments where direction = 'out' group by order_id) s using (order_id)
           where f.planned_units <> coalesce(s.planned, 0) or f.dispatched_units <> coalesce(s.dispatched, 0)
              or f.delivered_units <> coalesce(s.delivered, 0) or f.planned_units > f.units`,
  },
  {
    name: 'a parcel holds what its lines say',
    sql: `select s.id from shipments s left join shipment_lines l on l.shipment_id = s.id group by s.id, s.units having s.units <> coalesce(sum(l.quantity), 0)`,
  },
  {
    name: 'no line and no address without its parcel',
    sql: `select l.shipment_id from shipment_lines l where not exists (select from shipments s where s.id = l.shipment_id)
          union all
          select a.shipment_id from shipment_addresses a where not exists (select from shipments s where s.id = a.shipment_id)`,
  },
  {
    name: 'nothing is planned for a stopped order',
    sql: `select f.order_id from fulfilments f join shipments s using (order_id)
           where f.stopped_at is not null and s.direction = 'out' and s.state <> 'cancelled'`,
  },
]
