import type { Sql } from '#kit/db/db.ts'
import { type Operation, verdictOf } from './history.ts'
import { type Finding, wrongs } from './scenario.ts'

/*
 * Compares what the shop promised (the history) with what it has at the end (its tables, and those of the payment company).
 * `ok` must be there once, `fail` must not be there, of `unknown` there may be one or none.
 */

interface OrderRow {
  id: string
  key: string
  status: string
  total: bigint
  payments: number
  holding: number
  taken: bigint
  given: bigint
  company: bigint
  charges: number
  created: number
  confirmed: number
  cancelled: number
  messages: number
}

/** Every order of a shopper of the run (known by the address), with its money here and at the company, its events and its mails. */
async function readOrders(sql: Sql): Promise<OrderRow[]> {
  return await sql<OrderRow[]>`
    with told as (
      select key, count(distinct event_id) filter (where type = 'OrderCreated.v1')::int as created,
             count(distinct event_id) filter (where type = 'OrderConfirmed.v1')::int as confirmed,
             count(distinct event_id) filter (where type = 'OrderCancelled.v1')::int as cancelled
        from bus.log where topic = 'order.events' group by key
    ), money as (
      select order_id, count(*)::int as payments,
             count(*) filter (where captured - refunded > 0)::int as holding,
             coalesce(sum(captured), 0)::bigint as taken, coalesce(sum(refunded), 0)::bigint as given
        from payments.payments group by order_id
    ), company as (
      select p.order_id, coalesce(sum(s.captured - s.refunded), 0)::bigint as company,
             count(*) filter (where s.captured > s.refunded)::int as charges
        from payments.payments p join payments.sim_payments s on s.key = p.gateway_key group by p.order_id
    ), mails as (
      select order_id, count(*)::int as messages from notifications.messages where template = 'order-confirmed' group by order_id
    )
    select o.id, replace(contact.email, '@example.com', '') as key, o.status, o.total,
           coalesce(m.payments, 0) as payments, coalesce(m.holding, 0) as holding, coalesce(m.taken, 0) as taken, coalesce(m.given, 0) as given,
           coalesce(c.company, 0) as company, coalesce(c.charges, 0) as charges,
           coalesce(t.created, 0) as created, coalesce(t.confirmed, 0) as confirmed, coalesce(t.cancelled, 0) as cancelled,
           coalesce(mails.messages, 0) as messages
      from orders.orders o
      join orders.order_contacts contact on contact.order_id = o.id and contact.email like 'chaos-%@example.com'
      left join told t on t.key = o.id::text
      left join money m on m.order_id = o.id
      left join company c on c.order_id = o.id
      left join mails on mails.order_id = o.id`
}

type Count = Pick<Finding, 'trials' | 'violations' | 'examples'>

function counted(trials: number, broken: readonly string[]): Count {
  return { trials, ...wrongs(broken) }
}

export interface Verdict {
  /** I23: what was answered is there; what was refused is not; nothing is there twice */
  readonly promises: Count
  /** I12: one charge at most, our books are the company's, a cancelled order keeps nothing, a good one what it costs */
  readonly money: Count
  /** I6, I7: the chain of events of each order has no gap, and begins and ends as the order did */
  readonly events: Count
  /** I8: one mail for one confirmation */
  readonly effects: Count
  /** I1, I2: what left the shelf is what was sold */
  readonly stock: Count
}

export interface CheckInput {
  readonly sql: Sql
  readonly operations: readonly Operation[]
  /** units that were put on the shelf of each SKU */
  readonly shelves: ReadonlyMap<string, number>
  /** the run itself put records into the log again; otherwise a record that stands there twice is a fault */
  readonly repeated?: boolean
}

export async function checkHistory({ sql, operations, shelves, repeated = false }: CheckInput): Promise<Verdict> {
  const orders = await readOrders(sql)
  const byKey = Map.groupBy(orders, (order) => order.key)
  const cancelled = new Set(operations.flatMap(({ invocation }) => (invocation.op === 'cancel' ? [invocation.orderId] : [])))
  const promises: string[] = []
  for (const operation of operations) {
    const { invocation } = operation
    const verdict = verdictOf(operation)
    if (invocation.op === 'checkout') {
      const mine = byKey.get(invocation.key) ?? []
      const alive = mine.filter(({ status }) => status !== 'CANCELLED')
      if (mine.length > 1) promises.push(`${invocation.key}: ${mine.length} orders for one key`)
      if (verdict.result === 'fail' && alive.length > 0)
        promises.push(`${invocation.key}: refused, but order ${alive[0]!.id} is ${alive[0]!.status}`)
      if (verdict.result === 'ok') {
        if (mine[0]?.id !== verdict.orderId)
          promises.push(`${invocation.key}: order ${verdict.orderId} was promised and is not there`)
        else if (verdict.state === 'CONFIRMED' && alive.length === 0 && !cancelled.has(mine[0]!.id))
          promises.push(`${invocation.key}: order ${mine[0]!.id} was confirmed and is cancelled, though nobody asked`)
      }
      const several = new Set(operation.outcomes.flatMap(({ orderId }) => (orderId ? [orderId] : [])))
      if (several.size > 1) promises.push(`${invocation.key}: one key was answered with ${several.size} orders`)
    } else if (invocation.op === 'cancel' && verdict.result === 'ok') {
      const status = orders.find(({ id }) => id === invocation.orderId)?.status
      if (status !== 'CANCELLED') promises.push(`order ${invocation.orderId}: its cancellation was confirmed, it is ${status}`)
    }
  }
  return {
    promises: counted(operations.length, promises),
    money: counted(orders.length, [...checkMoney(orders, operations), ...(await unknownCharges(sql))]),
    events: await checkEvents(sql, orders, repeated),
    effects: counted(
      orders.length,
      orders
        .filter(({ messages, confirmed }) => messages !== confirmed)
        .map(({ id, messages, confirmed }) => `order ${id}: ${messages} mails for ${confirmed} confirmations`),
    ),
    stock: await checkStock(sql, shelves),
  }
}

function checkMoney(orders: readonly OrderRow[], operations: readonly Operation[]): string[] {
  const refunds = new Map(
    operations.flatMap((operation) =>
      operation.invocation.op === 'refund'
        ? [[operation.invocation.orderId, { amount: BigInt(operation.invocation.amount), ...verdictOf(operation) }] as const]
        : [],
    ),
  )
  return orders.flatMap(({ id, status, total, taken, given, company, charges, holding }) => {
    const kept = taken - given
    const refund = refunds.get(id)
    const wrong: string[] = []
    if (charges > 1 || holding > 1) wrong.push(`charged ${charges} times at the company, ${holding} times in our books`)
    if (kept !== company) wrong.push(`we say ${kept}, the company says ${company}`)
    if (status === 'CANCELLED' && kept !== 0n) wrong.push(`is cancelled and keeps ${kept}`)
    if (status === 'PENDING') wrong.push('is still pending')
    if (status !== 'CANCELLED' && status !== 'PENDING') {
      const whole = kept === total
      const reduced = refund !== undefined && kept === total - refund.amount
      const allowed =
        refund === undefined || refund.result === 'fail' ? whole : refund.result === 'ok' ? reduced : whole || reduced
      if (!allowed) wrong.push(`costs ${total}, keeps ${kept}, refund ${refund ? `${refund.amount} ${refund.result}` : 'none'}`)
    }
    return wrong.length > 0 ? [`order ${id} (${status}): ${wrong.join('; ')}`] : []
  })
}

/** Money that the company holds under a key that none of our payments has. */
async function unknownCharges(sql: Sql): Promise<string[]> {
  const rows = await sql<{ key: string; held: bigint }[]>`
    select s.key, (s.captured - s.refunded)::bigint as held from payments.sim_payments s
     where s.captured > s.refunded and not exists (select from payments.payments p where p.gateway_key = s.key)`
  return rows.map(({ key, held }) => `${key}: the company holds ${held}, and no payment of ours has this key`)
}

async function checkEvents(sql: Sql, orders: readonly OrderRow[], repeated: boolean): Promise<Count> {
  const broken = orders
    .filter(
      ({ status, created, confirmed, cancelled }) =>
        created !== 1 ||
        confirmed > 1 ||
        cancelled !== (status === 'CANCELLED' ? 1 : 0) ||
        (confirmed === 0 && status !== 'CANCELLED'),
    )
    .map(
      ({ id, status, created, confirmed, cancelled }) =>
        `order ${id} (${status}): created ${created}, confirmed ${confirmed}, cancelled ${cancelled}`,
    )
  // Dense sequences: as many records as the head says, none twice, in the order of their offsets.
  const chains = await sql<{ topic: string; key: string; records: number; last: bigint; disorder: number; heads: bigint }[]>`
    with records as (
      select l.*, row_number() over (partition by l.event_id order by l.topic, l.partition, l."offset") as time from bus.log l
       where l.topic in ('order.events', 'payment.events') and l.value like '{%'
    ), log as (
      select topic, key, (value::jsonb ->> 'sequence')::bigint as seq,
             row_number() over (partition by topic, key order by "offset") as nth
        from records where time = 1 or not ${repeated}
    ), heads as (
      select 'order.events' as topic, aggregateid as key, last_seq from orders.outbox_heads where aggregatetype = 'order'
      union all
      select 'payment.events', aggregateid, last_seq from payments.outbox_heads where aggregatetype = 'payment'
    )
    select coalesce(l.topic, h.topic) as topic, coalesce(l.key, h.key) as key, count(l.seq)::int as records, coalesce(max(l.seq), 0) as last,
           count(*) filter (where l.seq <> l.nth)::int as disorder, coalesce(max(h.last_seq), 0) as heads
      from log l full join heads h on h.topic = l.topic and h.key = l.key
     group by 1, 2`
  for (const chain of chains) {
    if (BigInt(chain.records) !== chain.heads || chain.last !== chain.heads || chain.disorder > 0)
      broken.push(`${chain.topic} ${chain.key}: ${chain.records} of ${chain.heads} events, ${chain.disorder} out of order`)
  }
  return counted(chains.length, broken)
}

async function checkStock(sql: Sql, shelves: ReadonlyMap<string, number>): Promise<Count> {
  const rows = await sql<{ sku: string; onHand: number; reserved: number; sold: number }[]>`
    select s.sku, s.on_hand::int as "onHand", s.reserved::int as reserved, coalesce(x.sold, 0)::int as sold
      from inventory.stock s
      left join (select i.sku, sum(i.quantity) as sold from orders.order_items i join orders.orders o on o.id = i.order_id
                  where o.status <> 'CANCELLED' group by i.sku) x on x.sku = s.sku
     where s.sku = any(${[...shelves.keys()]})`
  const lost = [...shelves.keys()].filter((sku) => !rows.some((row) => row.sku === sku))
  const broken = rows
    // sums that are right do not make a sale right for which there was nothing on the shelf
    .filter(({ sku, onHand, reserved, sold }) => reserved !== 0 || onHand < 0 || onHand + sold !== shelves.get(sku))
    .map(
      ({ sku, onHand, reserved, sold }) =>
        `${sku}: ${shelves.get(sku)} delivered, ${sold} sold, ${onHand} left, ${reserved} held`,
    )
  return counted(shelves.size, [...lost.map((sku) => `${sku}: is not on the shelf`), ...broken])
}
