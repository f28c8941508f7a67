import type { Invariant } from '#kit/service/service.ts'

/** What must hold of returns and of the money that goes back for them. */
export const returnInvariants: readonly Invariant[] = [
  {
    name: 'I13 the parts of a refund are what goes back for the goods',
    sql: `select r.id from returns r where coalesce(r.refund, 0) <> (select coalesce(sum(f.amount), 0) from return_refunds f where f.return_id = r.id)`,
  },
  {
    name: 'I13 what was given back of an order’s money is the sum of the parts of its returns and changes',
    sql: `select f.order_id from order_funds f join orders o on o.id = f.order_id
      where (f.place not between 1 and 999 or o.source <> 'exchange') and f.returned <> (
        select coalesce(sum((part -> 'amount' ->> 'amount')::bigint), 0) from order_edits e cross join jsonb_array_elements(e.refunds) part
        where e.order_id = f.order_id and f.kind = 'payment' and part ->> 'orderId' = f.reference::text) + (
        select coalesce(sum(p.amount), 0) from return_refunds p join returns r on r.id = p.return_id
        where r.order_id = f.order_id and p.kind = f.kind and p.reference = f.reference)`,
  },
  {
    name: 'I13 what changes of an order cost more was paid, what they cost less went back',
    sql: `select e.id from order_edits e where e.status = 'applied' and (
        e.surcharge <> coalesce((select f.amount from order_funds f where f.order_id = e.order_id and f.kind = 'payment' and f.reference = e.id), 0)
        or e.refund <> (select coalesce(sum((part -> 'amount' ->> 'amount')::bigint), 0) from jsonb_array_elements(e.refunds) part))`,
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
