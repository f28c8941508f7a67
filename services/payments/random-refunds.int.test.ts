import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Gateway } from './gateways/gateway.ts'
import { invariants } from './invariants.ts'
import { reconcile } from './jobs/reconcile.ts'
import { type PaymentsBench, startPayments } from './testing/bench.ts'

/** Whether the answer to the next refund is lost after the company has made it, or the request before. */
let lose: 'answer' | 'request' | undefined
const forgetful = (inner: Gateway): Gateway => ({
  ...inner,
  async refund(request, signal) {
    const lost = lose
    lose = undefined
    if (lost === 'request') throw new Error('connection reset')
    const answer = await inner.refund(request, signal)
    if (lost === 'answer') throw new Error('connection reset')
    return answer
  },
})

let shop: PaymentsBench
beforeAll(async () => {
  shop = await startPayments({ gateways: (simulated) => [forgetful(simulated)] })
})
afterAll(() => shop.close())

const PAID = 900
const IDS = 5
type Step = { do: 'refund'; id: number; amount: number; lose: typeof lose } | { do: 'heal' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      id: fc.integer({ min: 0, max: IDS - 1 }),
      amount: fc.constantFrom(1, 100, 300, 450, 900, 901),
      lose: fc.constantFrom(undefined, undefined, 'answer' as const, 'request' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'heal' as const }) },
)

/** The refunds of one payment, as simple as they can be: what was asked for under an id counts once, whole or not at all. */
class Refunds {
  readonly asked = new Map<number, { amount: number; done: boolean }>()
  get counted(): number {
    return [...this.asked.values()].reduce((sum, { amount }) => sum + amount, 0)
  }
  get done(): number {
    return [...this.asked.values()].reduce((sum, { amount, done }) => sum + (done ? amount : 0), 0)
  }
  /** what is asked for again is asked for as it was the first time */
  refund(id: number, amount: number, lost: boolean): 'refunded' | 'pending' | 'refused' {
    const before = this.asked.get(id)
    if (!before && this.counted + amount > PAID) return 'refused'
    const refund = before ?? { amount, done: false }
    this.asked.set(id, refund)
    if (!refund.done && !lost) refund.done = true
    return refund.done ? 'refunded' : 'pending'
  }
  heal(): void {
    for (const refund of this.asked.values()) refund.done = true
  }
}

const broken = async () =>
  (await Promise.all(invariants.map(async ({ name, sql }) => ((await shop.db.sql.unsafe(sql)).length > 0 ? [name] : [])))).flat()
const heal = () => reconcile(shop.deps, AbortSignal.timeout(5000))

async function paidOrder(): Promise<string> {
  const orderId = uuidv7()
  const amount = { amount: PAID, currency: 'EUR' }
  const paid = { orderId, attempt: 1, amount, paymentMethodId: 'tok_approve', capture: true, customerId: null }
  expect(await shop.rpc.authorize(paid)).toMatchObject({ outcome: 'captured' })
  return orderId
}
const refund = (orderId: string, refundId: string, amount: number) =>
  shop.rpc.refund({ orderId, refundId, amount: { amount, currency: 'EUR' }, reason: 'x' })
async function booksOf(orderId: string) {
  const [row] = await shop.db.sql<{ refunded: bigint; refunding: bigint }[]>`
    select refunded, refunding from payments where order_id = ${orderId}`
  const told = (await shop.events(orderId)).filter(({ type }) => type === 'RefundIssued.v1')
  return {
    refunded: Number(row!.refunded),
    refunding: Number(row!.refunding),
    told: told.reduce((sum, { data }) => sum + (data['refunded'] as { amount: number }).amount, 0),
    ledger: PAID + Number((await shop.ledger(orderId))['orders'] ?? 0n),
  }
}

describe('I13: refunds of one payment', () => {
  it('are made once each and never exceed what was paid, over random refunds, repetitions, lost answers and repairs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const [orderId, model] = [await paidOrder(), new Refunds()]
        const ids = Array.from({ length: IDS }, () => uuidv7())
        for (const one of steps) {
          if (one.do === 'heal') {
            await heal()
            model.heal()
          } else {
            // a repetition of what is done does not reach the company
            lose = model.asked.get(one.id)?.done ? undefined : one.lose
            const amount = model.asked.get(one.id)?.amount ?? one.amount
            const outcome = model.refund(one.id, amount, lose !== undefined)
            expect({ one, outcome: (await refund(orderId, ids[one.id]!, amount)).outcome }).toEqual({ one, outcome })
            lose = undefined
          }
          const { done, counted } = model
          expect(await booksOf(orderId)).toEqual({ refunded: done, refunding: counted - done, told: done, ledger: done })
        }
        await heal()
        expect(await shop.takenAtGateway(orderId)).toBe(BigInt(PAID - model.counted))
      }),
      { numRuns: 40, endOnFailure: true },
    )
    expect(await broken()).toEqual([])
  }, 60_000)

  it('asked for at the same moment, some of them twice, never exceed what was paid and are made once each', async () => {
    const asks = fc.array(fc.record({ id: fc.integer({ min: 0, max: IDS - 1 }), amount: fc.constantFrom(100, 300, 450) }), {
      minLength: 2,
      maxLength: 10,
    })
    await fc.assert(
      fc.asyncProperty(asks, async (together) => {
        const orderId = await paidOrder()
        const ids = Array.from({ length: IDS }, () => uuidv7())
        // one id is one refund: everybody who names it asks for the same
        const amounts = new Map(together.map(({ id, amount }) => [id, amount]))
        const answers = await Promise.all(together.map(({ id }) => refund(orderId, ids[id]!, amounts.get(id)!)))
        await heal()
        const made = new Set(together.flatMap(({ id }, n) => (answers[n]!.outcome === 'refused' ? [] : [id])))
        const sum = [...made].reduce((total, id) => total + amounts.get(id)!, 0)
        expect(sum).toBeLessThanOrEqual(PAID)
        expect(await booksOf(orderId)).toEqual({ refunded: sum, refunding: 0, told: sum, ledger: sum })
        expect(await shop.takenAtGateway(orderId)).toBe(BigInt(PAID - sum))
      }),
      { numRuns: 30, endOnFailure: true },
    )
    expect(await broken()).toEqual([])
  }, 60_000)
})
