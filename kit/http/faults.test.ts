import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { buildApp } from './app.ts'
import { errors } from './errors.ts'
import type { Fault, FaultSource } from './faults.ts'
import { anyone, get } from './route.ts'
import { rememberingLogger } from './testing.ts'

// Only what waits on purpose waits: everything else goes on by itself.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A shop in which every request fails like this; `answer` is its status, once there is one. */
function failing(fault: Fault | FaultSource | undefined) {
  const handled = vi.fn(async () => ({ fine: true }))
  const routes = [get('/api/things', { access: anyone, summary: 'Things' }, handled)]
  const app = buildApp({
    log: rememberingLogger(),
    services: [{ name: 'things', routes }],
    faults: typeof fault === 'function' ? fault : () => fault,
  })
  const told: { status?: number; code?: string } = {}
  const asked = app.inject({ url: '/api/things' }).then(
    ({ statusCode, json }) => void Object.assign(told, { status: statusCode, code: json<{ code?: string }>().code }),
    () => void Object.assign(told, { status: 0 }),
  )
  return { asked, told, handled }
}

/** Gives everything that does not wait the time it needs. */
const settle = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

it('a request that is delayed on purpose is handled after that time and not before', async () => {
  const { asked, told, handled } = failing({ delayMs: 2_000 })
  await settle()
  await vi.advanceTimersByTimeAsync(1_999)
  await settle()
  expect(handled).not.toHaveBeenCalled()
  expect(told).toEqual({})
  await vi.advanceTimersByTimeAsync(1)
  await asked
  expect(told.status).toBe(200)
  expect(handled).toHaveBeenCalledOnce()
})

it('a request can be delayed and then fail, or be cut off, without its handler', async () => {
  const late = failing({ delayMs: 500, abort: 503 })
  await settle()
  await vi.advanceTimersByTimeAsync(499)
  await settle()
  expect(late.told).toEqual({})
  await vi.advanceTimersByTimeAsync(1)
  await late.asked
  expect(late.told).toEqual({ status: 503, code: 'gateway/fault' })
  const cut = failing({ abort: 'reset' })
  await cut.asked
  expect(cut.told).toEqual({ status: 0 })
  for (const { handled } of [late, cut]) expect(handled).not.toHaveBeenCalled()
})

it('a request that no rule is about is answered at once', async () => {
  const { asked, told } = failing(undefined)
  await asked
  expect(told.status).toBe(200)
})

it('a request that may not ask to fail is refused, without its handler', async () => {
  const { asked, told, handled } = failing(() => {
    throw errors.noSuchRoute()
  })
  await asked
  expect(told).toEqual({ status: 404, code: 'http/no-such-route' })
  expect(handled).not.toHaveBeenCalled()
})
