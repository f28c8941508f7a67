import { randomUUID } from 'node:crypto'
import { quantile } from '../../../bench/measure.ts'
import { type Client, expectStatus } from '../../e2e/client.ts'
import { address, sell } from '../../e2e/stock-the-shop.ts'
import { burst, type BurstReply, type BurstRequest } from '../burst.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import { converge } from '../convergence.ts'
import { CONVERGE_MS } from '../runs.ts'
import type { Finding, Scenario } from '../scenario.ts'

/** A request may be turned away on purpose (503, 429, 409); any other answer of 500 and more is a fault. */
const crashes = (replies: readonly BurstReply[]) =>
  replies.filter(({ status }) => status === 0 || (status >= 500 && status !== 503)).length
const ok = (replies: readonly BurstReply[]) => replies.filter(({ status }) => status >= 200 && status < 300)

function finding(id: string, what: string, replies: readonly BurstReply[], broken: readonly (string | false)[]): Finding {
  const examples = broken.filter((one): one is string => one !== false)
  const times = replies.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const codes = Object.entries(Object.groupBy(replies, ({ status }) => String(status))).map(
    ([code, all]) => `${all!.length} × ${code}`,
  )
  return {
    id,
    fault: 'F10',
    trials: replies.length,
    violations: examples.length,
    ...(examples.length > 0 ? { examples } : {}),
    p50: Math.round(quantile(times, 0.5)),
    p99: Math.round(quantile(times, 0.99)),
    note: `${what}: ${codes.join(', ')}`,
  }
}

const order = (sku: string, more: object = {}, headers: Record<string, string> = {}): BurstRequest => ({
  method: 'POST',
  path: '/api/orders',
  body: {
    items: [{ sku, quantity: 1 }],
    email: 'ann@example.com',
    shippingAddress: address,
    paymentMethodId: 'tok_approve',
    ...more,
  },
  headers,
})
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

/** Buyers of 50 units. Who was turned away because the shop was full asks again, as a browser would. */
async function flashSale(shop: ChaosShop, staff: Client, buyers: number): Promise<Finding> {
  const sku = `flash-${buyers}-${randomUUID().slice(0, 8)}`
  await sell(staff, sku, { units: 50 })
  const replies: BurstReply[] = []
  let open = times(buyers, (index) => order(sku, {}, { 'idempotency-key': `${sku}-${index}` }))
  const shed: BurstReply[] = []
  for (let round = 0; open.length > 0 && round < 30; round += 1) {
    const answers = await burst(shop.url, open)
    const again = answers.map(({ status, body }) => status === 503 || status === 0 || body.code === 'orders/key-in-flight')
    replies.push(...answers.filter((_, index) => !again[index]))
    shed.push(...answers.filter((_, index) => again[index]))
    open = open.filter((_, index) => again[index])
  }
  // Who got `pending` for an answer learns the end later: the order waits for a step that found the shop too busy.
  const end = await converge(shop, CONVERGE_MS)
  const confirmed = ok(replies)
    .filter(({ body }) => body.status === 'CONFIRMED')
    .map(({ body }) => body.id as string)
  const [row] = await shop.admin.sql<{ sold: number; kept: number; left: number; reserved: number; captured: number }[]>`
    select (select count(*) from orders.orders o join orders.order_items i on i.order_id = o.id where i.sku = ${sku} and o.status <> 'CANCELLED')::int as sold,
           (select count(*) from payments.payments p join orders.order_items i on i.order_id = p.order_id where i.sku = ${sku} and p.state = 'captured')::int as captured,
           (select count(*) from orders.orders o where o.id = any(${confirmed}::uuid[]) and o.status <> 'CANCELLED')::int as kept,
           (select sum(on_hand) from inventory.stock where sku = ${sku})::int as left, (select sum(reserved) from inventory.stock where sku = ${sku})::int as reserved`
  const pending = ok(replies).length - confirmed.length
  return finding(
    'I1',
    `50 units, ${buyers} buyers at once, whole checkout; ${shed.length} turned away and asked again, ${pending} told to wait`,
    replies,
    [
      row!.kept !== confirmed.length && `${confirmed.length} orders were confirmed, ${row!.kept} of them stand`,
      confirmed.length > 50 && `${confirmed.length} orders were confirmed`,
      end.left.length > 0 && end.left.join(', '),
      row!.sold !== 50 && `${row!.sold} orders stand`,
      row!.captured !== 50 && `${row!.captured} payments were taken`,
      row!.left + row!.reserved !== 0 && `${row!.left} left, ${row!.reserved} held`,
      open.length > 0 && `${open.length} buyers never got an answer`,
      crashes(replies) > 0 && `${crashes(replies)} answers of 5xx that nobody meant`,
      shed.some(({ status }) => status === 0) && `${shed.filter(({ status }) => status === 0).length} connections were dropped`,
    ],
  )
}

async function couponRush(staff: Client, shop: ChaosShop): Promise<Finding> {
  const code = `RUSH${randomUUID().slice(0, 6).toUpperCase()}`
  const sku = `coupon-${code.toLowerCase()}`
  await sell(staff, sku, { units: 1000 })
  const made = expectStatus(
    await staff.post('/api/promotions', { name: code, action: { kind: 'percent', basisPoints: 1000 } }),
    201,
  )
  expectStatus(await staff.post(`/api/promotions/${made.body.id}/coupons`, { codes: [code], usageLimit: 10 }), 201)
  const replies = await burst(
    shop.url,
    times(200, (index) => order(sku, { couponCodes: [code], email: `c${index}@example.com` })),
  )
  const [row] = await shop.admin.sql<{ used: number }[]>`
    select count(*)::int as used from orders.promotion_uses u where u.promotion_id = ${made.body.id} and u.released_at is null`
  return finding('I17', 'a coupon for 10 uses, 200 at once', replies, [
    ok(replies).length !== 10 && `${ok(replies).length} orders got it`,
    row!.used !== 10 && `${row!.used} uses are counted`,
    crashes(replies) > 0 && `${crashes(replies)} answers of 5xx`,
  ])
}

async function refundRush(staff: Client, shop: ChaosShop, authorization: string): Promise<Finding> {
  const sku = `refund-${randomUUID().slice(0, 8)}`
  await sell(staff, sku, { units: 10, price: 10_000 })
  const placed = await burst(shop.url, [order(sku)])
  const { id, total } = placed[0]!.body
  const amount = Math.floor(total.amount / 10)
  const replies = await burst(
    shop.url,
    times(50, () => ({
      method: 'POST' as const,
      path: '/api/payments/refund',
      body: { orderId: id, refundId: randomUUID(), amount: { amount, currency: 'EUR' }, reason: 'rush' },
      headers: { authorization },
    })),
  )
  const [row] = await shop.admin.sql<{ refunded: bigint; company: bigint }[]>`
    select p.refunded, (select s.refunded from payments.sim_payments s where s.key = p.gateway_key) as company
      from payments.payments p where p.order_id = ${id}`
  return finding('I13', 'one order, 50 refunds of a tenth at once', replies, [
    ok(replies).length !== 10 && `${ok(replies).length} refunds were made`,
    row!.refunded !== BigInt(amount * 10) && `${row!.refunded} of ${total.amount} are given back`,
    row!.company !== row!.refunded && `the company gave back ${row!.company}`,
    crashes(replies) > 0 && `${crashes(replies)} answers of 5xx`,
  ])
}

async function sameKey(staff: Client, shop: ChaosShop, keys: number): Promise<Finding> {
  const sku = `key-${randomUUID().slice(0, 8)}`
  await sell(staff, sku, { units: 10_000 })
  const all: BurstReply[] = []
  const broken: string[] = []
  for (let round = 0; round < keys; round += 1) {
    const key = `${sku}-${round}`
    const replies = await burst(
      shop.url,
      times(50, () => order(sku, { email: `${key}@example.com` }, { 'idempotency-key': key })),
    )
    all.push(...replies)
    const answers = new Set(ok(replies).map(({ body }) => JSON.stringify(body)))
    if (answers.size !== 1) broken.push(`${key}: ${answers.size} different answers`)
    const other = replies.filter(({ status, body }) => status !== 201 && body.code !== 'orders/key-in-flight')
    if (other.length > 0) broken.push(`${key}: ${other.length} × ${other[0]!.status}`)
    const [row] = await shop.admin.sql<{ n: number }[]>`
      select count(*)::int as n from orders.order_contacts where email = ${`${key}@example.com`}`
    if (row!.n !== 1) broken.push(`${key}: ${row!.n} orders`)
    const [replay] = await burst(shop.url, [order(sku, { email: `${key}@example.com` }, { 'idempotency-key': key })])
    if (!answers.has(JSON.stringify(replay!.body))) broken.push(`${key}: the answer repeated later is another`)
    const [foreign] = await burst(shop.url, [order(sku, { email: `${key}x@example.com` }, { 'idempotency-key': key })])
    if (foreign!.status !== 422) broken.push(`${key}: with another body it is answered ${foreign!.status}`)
  }
  return finding('I18', `${keys} Idempotency-Keys, 50 callers each at once`, all, broken)
}

async function signUps(shop: ChaosShop): Promise<Finding> {
  const email = `twin-${randomUUID().slice(0, 8)}@example.com`
  const body = { email, password: `violet-${randomUUID()}`, fullName: 'Twin' }
  const replies = await burst(
    shop.url,
    times(20, () => ({ method: 'POST' as const, path: '/api/users/register', body })),
  )
  const [row] = await shop.admin.sql<{ n: number }[]>`select count(*)::int as n from auth.accounts where email_key = ${email}`
  return finding('S13', 'one e-mail address, 20 sign-ups at once', replies, [
    row!.n !== 1 && `${row!.n} accounts; ${JSON.stringify(replies[0]!.body).slice(0, 300)}`,
    ok(replies).length === 0 && 'nobody was let in',
    crashes(replies) > 0 && `${crashes(replies)} answers of 5xx`,
  ])
}

async function refreshes(shop: ChaosShop): Promise<Finding> {
  const { email, password } = shop.shop.administrator
  const [login] = await burst(shop.url, [{ method: 'POST', path: '/api/auth/login', body: { email, password } }])
  const { refreshToken } = login!.body
  const request = { method: 'POST' as const, path: '/api/auth/refresh', body: { refreshToken } }
  const replies = await burst(
    shop.url,
    times(20, () => request),
  )
  const successors = new Set(ok(replies).map(({ body }) => body.refreshToken))
  const next = { ...request, body: { refreshToken: [...successors][0] } }
  const [after] = await burst(shop.url, [next])
  return finding('S6', 'one refresh token, 20 callers at once', replies, [
    ok(replies).length !== 20 && `${20 - ok(replies).length} were refused within the grace`,
    successors.size !== 1 && `${successors.size} different successors`,
    after!.status !== 200 && `the successor is answered ${after!.status}`,
    crashes(replies) > 0 && `${crashes(replies)} answers of 5xx`,
  ])
}

export const scenario: Scenario = {
  summary:
    'requests whose last bytes arrive together: flash sale of 200 and 2,000, coupon, refunds, keys, sign-up, refresh; trials = keys × 50',
  trials: 200,
  shortTrials: 5,
  async *run({ trials, note }) {
    const shop = await openChaosShop()
    try {
      const staff = await shop.staff()
      const login = await burst(shop.url, [{ method: 'POST', path: '/api/auth/login', body: shop.shop.administrator }])
      yield await flashSale(shop, staff, 200)
      if (trials > 10) yield await flashSale(shop, staff, 2000)
      yield await couponRush(staff, shop)
      yield await refundRush(staff, shop, `Bearer ${login[0]!.body.accessToken}`)
      yield await sameKey(staff, shop, trials)
      yield await signUps(shop)
      yield await refreshes(shop)
      note('waiting for everything to end')
      const end = await converge(shop, CONVERGE_MS)
      const { code, lines } = await shop.shop.command('invariants')
      yield {
        id: 'invariants',
        fault: 'F10',
        trials: lines.length,
        violations: (code === 0 ? 0 : 1) + end.left.length,
        examples: end.left,
        note: `souk invariants at the end; everything ended after ${end.milliseconds} ms`,
      }
    } finally {
      await shop.close()
    }
  },
}
