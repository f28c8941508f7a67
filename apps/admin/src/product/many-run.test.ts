import { describe, expect, it } from 'vitest'
import { SoukError } from '../../../../packages/client/src/errors.ts'
import { beginRun, carryOn, type ManyRun, type Portion } from './many-run.ts'

const ids = Array.from({ length: 60 }, (_, n) => `p${n}`)
const cheaper = { kind: 'price', basisPoints: -1000 } as const

/** A shop that remembers keys as the real one does, and loses an answer where it is told to. */
function shop({ losesAnswerOf = -1, busyAt = -1 } = {}) {
  const prices = new Map(ids.map((id) => [id, 1000]))
  const kept = new Set<string>()
  let asked = -1
  const send = async ({ ids: some, key }: Portion) => {
    asked += 1
    if (asked === busyAt)
      throw new SoukError({ code: 'http/rate-limited', status: 429, title: '', detail: '' }, new Headers({ 'retry-after': '42' }))
    if (!kept.has(key)) for (const id of some) prices.set(id, (prices.get(id) ?? 0) * 0.9)
    kept.add(key)
    if (asked === losesAnswerOf) throw new Error('nobody answered')
    return some.map((id) => ({ id, outcome: 'changed' as const }))
  }
  return { prices: () => [...new Set(prices.values())], send, asked: () => asked + 1 }
}

describe('a change to many products', () => {
  it('that stopped in the middle goes on there and cuts no price twice', async () => {
    const { send, prices, asked } = shop({ losesAnswerOf: 1 })
    const stopped = await carryOn(beginRun(ids, cheaper), { send, show: () => undefined })
    expect([stopped.state, stopped.outcomes.length, stopped.left.map((one) => one.ids.length)]).toEqual(['stopped', 25, [25, 10]])
    const finished = await carryOn(stopped, { send, show: () => undefined })
    expect([finished.state, finished.outcomes.map(({ id }) => id)]).toEqual(['finished', ids])
    expect([prices(), asked()]).toEqual([[900], 4])
  })

  it('waits as long as the shop asks, and says so', async () => {
    const { send, prices } = shop({ busyAt: 1 })
    const shown: ManyRun[] = []
    const pauses: number[] = []
    const finished = await carryOn(beginRun(ids, cheaper), {
      send,
      show: (run) => shown.push(run),
      pause: async (ms) => void pauses.push(ms),
    })
    expect([finished.state, prices(), pauses]).toEqual(['finished', [900], [42_000]])
    expect(shown.map(({ waiting }) => waiting).filter(Boolean)).toEqual([42])
  })
})
