import { expect, test } from 'vitest'
import { graceOf } from './grace.ts'

const registry = { registryUrls: ['http://registry:8761/eureka/'], registryFetchSeconds: 2 }
const partsOf = ({ toldMs, requestsMs, workMs }: ReturnType<typeof graceOf>) => toldMs + requestsMs + workMs

test('a stop takes no longer than SHUTDOWN_SECONDS, most of it for those who wait for an answer', () => {
  const alone = graceOf({ shutdownSeconds: 25, registryUrls: [], registryFetchSeconds: 2 })
  expect(alone).toEqual({ wholeMs: 25_000, toldMs: 0, requestsMs: 20_000, workMs: 5_000 })
})

test('the time in which the others hear of it is part of that, also where they ask seldom', () => {
  expect(graceOf({ shutdownSeconds: 25, ...registry })).toEqual({
    wholeMs: 25_000,
    toldMs: 2_500,
    requestsMs: 18_000,
    workMs: 4_500,
  })
  for (const shutdownSeconds of [1, 25, 600])
    for (const registryFetchSeconds of [1, 30, 300]) {
      const grace = graceOf({ shutdownSeconds, ...registry, registryFetchSeconds })
      expect(partsOf(grace)).toBeCloseTo(grace.wholeMs)
      expect(grace.requestsMs).toBeGreaterThanOrEqual(grace.wholeMs * 0.4)
    }
})
