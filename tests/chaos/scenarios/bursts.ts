import { randomUUID } from 'node:crypto'
import { type Client, expectStatus } from '../../e2e/client.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { burst, type BurstReply, crashes, finding, ok, order, times } from '../burst.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import { converge } from '../convergence.ts'
import { flashSale } from '../flash-sale.ts'
import { CONVERGE_MS } from '../runs.ts'
import type { Finding, Scenario } from '../scenario.ts'

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
