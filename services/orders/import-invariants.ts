import type { Invariant } from '#kit/service/service.ts'

/** What must hold of credit notes and of imported history. */
export const importInvariants: readonly Invariant[] = [
  {
    name: 'I15 a credit note is the sum of its lines',
    sql: `select n.id from credit_notes n where n.amount <> (select coalesce(sum((l ->> 'amount')::bigint), 0) from jsonb_array_elements(n.lines) l)`,
  },
  {
    name: 'units that came back are those of the credit notes of their order',
    sql: `select r.order_id, r.sku from returned_units r
      full join (select n.order_id, l ->> 'sku' as sku, sum((l ->> 'quantity')::int) as units from credit_notes n cross join lateral jsonb_array_elements(n.lines) l
        where n.order_id is not null group by 1, 2) c on c.order_id = r.order_id and c.sku = r.sku
      where r.returned is distinct from c.units`,
  },
  {
    name: 'an imported invoice has its order, with as many lines, and an imported order its invoice',
    sql: `select i.source, i.reference from imported_invoices i
      where i.order_id is not null and (i.lines ->> 'sale')::int <> (select count(*) from order_items l where l.order_id = i.order_id)
      union all
      select o.source, o.source_ref from orders o where o.imported and not exists (
        select 1 from imported_invoices i where i.source = o.source and i.reference = o.source_ref and i.order_id = o.id)`,
  },
  {
    name: 'no imported order was given up by its checkout: it happened',
    sql: `select o.id from orders o where o.imported and o.status = 'CANCELLED'`,
  },
  {
    name: 'an imported invoice is booked as often as it has lines',
    sql: `select i.source, i.reference from imported_invoices i
      left join (select n.source, n.reference, count(*) as lines from import_notes n group by 1, 2) n on n.source = i.source and n.reference = i.reference
      where coalesce(n.lines, 0) <> (i.lines ->> 'note')::int`,
  },
]
