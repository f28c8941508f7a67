import type { Invariant } from '#kit/service/service.ts'

/** Must each return no row, at any moment. */
export const invariants: readonly Invariant[] = [
  {
    name: 'I12 an order has at most one payment that holds or has taken money',
    sql: `select order_id from payments where undo_at is null and state in ('authorized', 'captured', 'partially-refunded', 'chargeback')
          group by order_id having count(*) > 1`,
  },
  {
    name: 'I12 a payment that holds or has taken money knows its gateway reference',
    sql: `select id from payments where (authorized > 0 or captured > 0) and gateway_reference is null`,
  },
  {
    name: 'I13 refunds never exceed what was taken, and the payment’s sums are those of its refunds',
    sql: `select p.id from payments p left join refunds r on r.payment_id = p.id group by p.id
          having p.refunded + p.refunding + p.charged_back > p.captured
              or p.refunded <> coalesce(sum(r.amount) filter (where r.state = 'succeeded'), 0)
              or p.refunding <> coalesce(sum(r.amount) filter (where r.state = 'requested'), 0)`,
  },
  {
    name: 'I14 every ledger transaction sums to zero in each currency',
    sql: `select tx_id, currency from ledger_entries group by tx_id, currency having sum(amount) <> 0`,
  },
  {
    name: 'I14 the ledger says of every payment what the payment says of itself',
    sql: `select p.id from payments p left join ledger_entries e on e.payment_id = p.id and e.account like 'gateway:%' group by p.id
          having coalesce(sum(e.amount), 0) <> p.captured - p.refunded - p.charged_back`,
  },
]
