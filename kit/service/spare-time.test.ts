import { expect, it } from 'vitest'
import { createSpareTime } from './spare-time.ts'

/** A machine of which each look finds `share` of the time since the last one used. */
function machine(share: () => number) {
  let idle = 0
  let all = 0
  return () => {
    idle += (1 - share()) * 100
    all += 100
    return { idle, all }
  }
}
const timed = async (work: Promise<void>) => {
  const begun = performance.now()
  await work
  return performance.now() - begun
}

it('lets work begin at once while the machine has time to spare', async () => {
  const spare = createSpareTime({ sample: machine(() => 0.4), everyMs: 0, patienceMs: 10_000 })
  expect(await timed(spare())).toBeLessThan(1000)
})

it('lets work wait while the machine is busy, and go on when it is not any more', async () => {
  let looks = 0
  const spare = createSpareTime({ sample: machine(() => (++looks > 5 ? 0.1 : 0.99)), everyMs: 5, patienceMs: 60_000 })
  await spare()
  expect(looks).toBeGreaterThan(5)
})

it('puts work behind other work but never gives it up', async () => {
  const spare = createSpareTime({ sample: machine(() => 1), everyMs: 1, patienceMs: 40 })
  const took = await timed(spare())
  expect(took).toBeGreaterThanOrEqual(35)
})

it('does not hold up a stop', async () => {
  const stop = new AbortController()
  const spare = createSpareTime({ sample: machine(() => 1), everyMs: 1, patienceMs: 60_000 })
  const waiting = timed(spare(stop.signal))
  stop.abort()
  expect(await waiting).toBeLessThan(5000)
})
