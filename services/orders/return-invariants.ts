import type { Invariant } from '#kit/service/service.ts'

/** What must hold of returns and of the money that goes back for them. */
export const returnInvariants: readonly Invariant[] = [
  {
    name: 'I13 the parts of a refund are what goes back for the goods',
    sql: `select r.id from returns r where coalesce(r.refund, 0) <> (select coalesce(sum(f.amount), 0) from return_refunds f where f.return_id = r.id)`,
  },
  {
    name: 'I13 what was given back of an order’s money is the sum of its returns’ parts',
    sql: `select f.order_id from order_funds f join orders o on o.id = f.order_id
      where f.place not between 1 and 999 and f.returned <> (
        select coalesce(sum(p.amount), 0) from return_refunds p join returns r on r.id = p.return_id
        where r.order_id = f.order_id and p.kind = f.kind and p.reference = f.reference)`,
  },
  {
    name: 'units in returns are those of the returns that stand',
    sql: `select u.order_id from line_units u where u.taken <> (
      select coalesce(sum(coalesce(l.received, l.quantity)), 0) from return_lines l join returns r on r.id = l.return_id
      where r.order_id = u.order_id and l.line_id = u.line_id and r.status not in ('rejected', 'closed'))`,
  },
  {
    name: 'invoice numbers have no gaps',
    sql: `select s.prefix, s.year from invoice_series s where s.last <> (
      select count(*) from invoices i where i.kind = s.kind and i.channel = s.channel and extract(year from i.issued_at at time zone 'UTC') = s.year)`,
  },
  {
    name: 'I20 the history of a return ends in its status',
    sql: `select r.id from returns r where r.status <> (select h.to_status from return_history h where h.return_id = r.id order by h.seq desc limit 1)`,
  },
]
