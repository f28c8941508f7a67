import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Logger, silentLogger } from '#kit/service/logger.ts'
import type { Gateway } from './gateway.ts'
import { createGatewayRegistry } from './registry.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const company = (name: string) => ({ name, methods: ['card'] }) as unknown as Gateway
const open = (log: Logger = silentLogger) => createGatewayRegistry([company('sick'), company('well')], { timeoutMs: 1000, log })
const broken = () => Promise.reject(new Error('oops'))
/** of an answer that is what was asked */
const agreed = { paymentId: 'p1', differs: () => undefined }
const good = async () => ({ kind: 'voided' }) as const

describe('a payment company that keeps failing', () => {
  it('is left alone after ten calls in a row, for ten seconds, and another company is not', async () => {
    const gateways = open()
    let calls = 0
    const ask = () =>
      gateways.ask(
        'sick',
        () => {
          calls += 1
          return broken()
        },
        agreed,
      )
    for (let n = 0; n < 10; n += 1) expect(await ask()).toEqual({ unanswered: true })
    // certainly not asked, so another company may be
    for (let n = 0; n < 5; n += 1) expect(await ask()).toEqual({ unreachable: true })
    expect(calls).toBe(10)
    expect(await gateways.ask('well', good, agreed)).toEqual({ answer: { kind: 'voided' } })
    vi.advanceTimersByTime(10_001)
    // one call tries; it fails, and the rest begins anew
    expect(await ask()).toEqual({ unanswered: true })
    expect(await ask()).toEqual({ unreachable: true })
    expect(calls).toBe(11)
    vi.advanceTimersByTime(10_001)
    expect(await gateways.ask('sick', good, agreed)).toEqual({ answer: { kind: 'voided' } })
    expect(await ask()).toEqual({ unanswered: true })
  })

  it('is not given up for failures with answers between them', async () => {
    const gateways = open()
    for (let n = 0; n < 30; n += 1)
      expect(await gateways.ask('sick', n % 5 === 4 ? good : broken, agreed)).toEqual(
        n % 5 === 4 ? { answer: { kind: 'voided' } } : { unanswered: true },
      )
  })

  it('S17: fails, too, by answers that are none', async () => {
    const gateways = open()
    for (let n = 0; n < 10; n += 1)
      expect(await gateways.ask('sick', async () => '<h1>It works!</h1>', agreed)).toEqual({ unanswered: true })
    expect(await gateways.ask('sick', good, agreed)).toEqual({ unreachable: true })
  })

  it('S17: is not given up for a payment that it sees differently, which is as good as without an answer', async () => {
    const warn = vi.fn()
    const gateways = open({ ...silentLogger, warn })
    const otherSum = { paymentId: 'p2', differs: () => 'amount' }
    for (let n = 0; n < 30; n += 1) expect(await gateways.ask('sick', good, otherSum)).toEqual({ unanswered: true })
    expect(await gateways.ask('sick', good, agreed)).toEqual({ answer: { kind: 'voided' } })
    // somebody has to find the payment
    expect(warn).toHaveBeenCalledWith(
      { gateway: 'sick', paymentId: 'p2', differs: 'amount' },
      'a payment gateway speaks of other money than was asked',
    )
  })

  it('S17: is well again when it answers, also about a payment that it sees differently', async () => {
    const gateways = open()
    for (let n = 0; n < 10; n += 1) await gateways.ask('sick', broken, agreed)
    vi.advanceTimersByTime(10_001)
    expect(await gateways.ask('sick', good, { paymentId: 'p2', differs: () => 'amount' })).toEqual({ unanswered: true })
    expect(await gateways.ask('sick', good, agreed)).toEqual({ answer: { kind: 'voided' } })
  })

  it('is waited for one second and no longer', async () => {
    const asked = open().ask('sick', () => new Promise(() => undefined), agreed)
    await vi.advanceTimersByTimeAsync(1001)
    expect(await asked).toEqual({ unanswered: true })
  })
})
