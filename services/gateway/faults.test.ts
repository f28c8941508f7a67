import { describe, expect, it } from 'vitest'
import { Faults, type FaultRule } from './faults.ts'

function faults(...rules: FaultRule[]) {
  const clock = { now: 0, dice: 0 }
  const made = new Faults(
    Buffer.from('k'.repeat(40)),
    () => clock.now,
    () => clock.dice,
  )
  made.replace(rules)
  return { clock, made, of: (url: string) => made.of({ url, method: 'GET', headers: {} }) }
}
const slow: FaultRule = { prefix: '/api/products', percent: 30, delayMs: 500, seconds: 10 }

describe('requests that fail on purpose', () => {
  it('are those of the named addresses, and none that only begin alike', () => {
    const { of } = faults(slow)
    expect(of('/api/products')).toMatchObject({ delayMs: 500 })
    expect(of('/api/products/7?x=1')).toMatchObject({ delayMs: 500 })
    expect(of('/api/products-of-others')).toBeUndefined()
    expect(of('/api/orders')).toBeUndefined()
  })

  it('are the given share', () => {
    const { clock, of } = faults(slow)
    const hits = Array.from({ length: 100 }, (_, n) => {
      clock.dice = n / 100
      return of('/api/products')
    }).filter(Boolean)
    expect(hits).toHaveLength(30)
  })

  it('stop by themselves', () => {
    const { clock, of, made } = faults(slow)
    clock.now = 10_001
    expect(of('/api/products')).toBeUndefined()
    expect(made.rules).toEqual([])
  })

  it('are never those that could switch it off', () => {
    expect(faults({ prefix: '/api', percent: 100, abort: 503, seconds: 60 }).of('/api/gateway/faults')).toBeUndefined()
  })
})
