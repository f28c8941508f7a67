import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { delivered, dispatched, movesIn, type Status, STATUSES, WAYS } from './moves.fixture.ts'
import { brokenRules, openShop, type Shop, staff } from './shop.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
}, 60_000)
afterAll(() => shop.close())

const { recover } = movesIn(() => shop)

type Step = { do: 'cancel' | 'end-checkout' | 'leave' | 'arrive' } | { do: 'say'; to: Status }

/** What may come of a step, written down a second time and from the outside: the status afterwards, and whether the caller is refused. */
function expected(now: Status, step: Step): { then: Status; refused: boolean } {
  const goes = (from: readonly Status[], then: Status) => ({ then: from.includes(now) ? then : now, refused: false })
  switch (step.do) {
    case 'cancel':
      return { ...goes(['PENDING', 'CONFIRMED'], 'CANCELLED'), refused: !['PENDING', 'CONFIRMED', 'CANCELLED'].includes(now) }
    case 'end-checkout':
      return goes(['PENDING'], 'CANCELLED')
    case 'leave':
      return goes(['PENDING', 'CONFIRMED'], 'SHIPPED')
    case 'arrive':
      return goes(['SHIPPED'], 'DELIVERED')
    case 'say': {
      if (step.to === now) return { then: now, refused: false }
      return WAYS[now].includes(step.to) ? { then: step.to, refused: false } : { then: now, refused: true }
    }
  }
}

const simple = fc.constantFrom<Step>({ do: 'cancel' }, { do: 'end-checkout' }, { do: 'leave' }, { do: 'arrive' })
const said = fc.constantFrom(...STATUSES.map((to): Step => ({ do: 'say', to })))
// most walks should get far: cancelling ends them
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: 'leave' }, { do: 'arrive' }) },
  { weight: 3, arbitrary: said.filter((one) => one.do === 'say' && one.to !== 'CANCELLED') },
  { weight: 1, arbitrary: fc.oneof(simple, said) },
)

/** Does it, and says whether the caller was refused. */
async function take(orderId: string, one: Step): Promise<boolean> {
  const staffAsks = async (method: string, path: string, body: object) => {
    const { status } = await shop.service.request(method, `/api/orders/${orderId}/${path}`, { body, as: staff })
    expect([200, 409, 503]).toContain(status)
    return status === 409
  }
  if (one.do === 'say') return await staffAsks('PATCH', 'status', { status: one.to })
  if (one.do === 'cancel') return await staffAsks('PUT', 'cancel', {})
  if (one.do === 'end-checkout') await shop.service.call('endCheckout', { orderId, reason: 'payment-timeout' })
  if (one.do === 'leave') {
    const parcel = shop.world.parcels.get(orderId)
    if (parcel?.state === 'planned') parcel.state = 'gone'
    await shop.service.deliver(dispatched(orderId))
  }
  if (one.do === 'arrive') await shop.service.deliver(delivered(orderId))
  return false
}
const stateOf = async (orderId: string) => {
  const { status, version } = (await shop.service.request('GET', `/api/orders/${orderId}`, { as: staff })).body
  const history = (await shop.service.request('GET', `/api/orders/${orderId}/timeline`, { as: staff })).body.items as {
    to: Status
  }[]
  return { status: status as Status, version: version as number, history: history.map(({ to }) => to) }
}
const place = async (paid: boolean) => (await shop.order(paid ? {} : { paymentMethodId: undefined })).body.id as string

describe('I20: an order that people, carriers and clocks push about', () => {
  it('is where the rules say after every one of hundreds of random pushes, with a line of history for each move and no other', async () => {
    const reached = new Set<Status>()
    let pushes = 0
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 3, maxLength: 12 }), async (paid, steps) => {
        const orderId = await place(paid)
        let now: Status = paid ? 'CONFIRMED' : 'PENDING'
        const walked = paid ? ['PENDING', 'CONFIRMED'] : ['PENDING']
        for (const one of steps) {
          // a parcel that is planned and has not left by what staff say is still on the shelf
          const { then, refused } = expected(now, one)
          expect({ one, refused: await take(orderId, one) }).toEqual({ one, refused })
          if (then !== now) walked.push(...(now === 'PENDING' && then === 'SHIPPED' ? ['CONFIRMED', 'SHIPPED'] : [then]))
          now = then
          pushes += 1
          expect(await stateOf(orderId)).toMatchObject({ status: now, history: walked })
        }
        for (const status of walked) reached.add(status as Status)
        const money = shop.world.money.get(orderId)
        if (now === 'CANCELLED' && money?.state === 'captured') expect(money.givenBack).toBe(money.amount)
        else expect(money?.givenBack ?? 0).toBe(0)
      }),
      { numRuns: 60, endOnFailure: true },
    )
    expect(pushes).toBeGreaterThan(200)
    expect([...reached].sort()).toEqual([...STATUSES].sort())
    expect(await brokenRules(shop)).toEqual([])
  }, 90_000)

  it('pushed by several at the same moment makes only moves that are allowed, each once', async () => {
    const ways: Record<string, readonly string[]> = Object.fromEntries(
      STATUSES.map((from) => [
        from,
        STATUSES.filter((to) =>
          [{ do: 'say', to } as const, { do: 'leave' } as const].some((one) => to !== from && expected(from, one).then === to),
        ),
      ]),
    )
    ways['PENDING'] = ['CONFIRMED', 'CANCELLED']
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.array(step, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        async (paid, rounds) => {
          const orderId = await place(paid)
          for (const together of rounds) await Promise.all(together.map((one) => take(orderId, one)))
          await recover()
          const { status, history } = await stateOf(orderId)
          expect(history.at(-1)).toBe(status)
          for (const [n, to] of history.entries()) if (n > 0) expect(ways[history[n - 1]!], history.join(' → ')).toContain(to)
          const { amount = 0, givenBack = 0 } = shop.world.money.get(orderId) ?? {}
          expect(givenBack).toBe(status === 'CANCELLED' ? (shop.world.money.get(orderId)?.state === 'captured' ? amount : 0) : 0)
        },
      ),
      { numRuns: 40, endOnFailure: true },
    )
    expect(await brokenRules(shop)).toEqual([])
  }, 90_000)
})
