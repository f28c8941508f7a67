import { describe, expect, it } from 'vitest'
import { agreed } from './settings-view.ts'

const line = (name: string, value: string, source = 'environment') => ({
  name,
  service: null,
  value,
  source,
  secret: false,
  refreshable: false,
  summary: '',
})
const says = (process: string, ...items: ReturnType<typeof line>[]) => ({ process, body: { items } })

describe('the settings of a shop whose services run apart', () => {
  it('are told once where all processes agree, and where they differ for each value with the processes that have it', () => {
    const told = agreed([
      says('gateway', line('HOST', '127.0.0.1'), line('PORT', '8080')),
      says('orders', line('HOST', '127.0.0.1'), line('PORT', '8086'), line('ORDERS_DAYS', '14')),
      says('cart', line('HOST', '127.0.0.1'), line('PORT', '8080')),
    ])
    expect(told).toEqual([
      line('HOST', '127.0.0.1'),
      { ...line('PORT', '8080'), processes: ['cart', 'gateway'] },
      { ...line('PORT', '8086'), processes: ['orders'] },
      line('ORDERS_DAYS', '14'),
    ])
  })

  it('are not the same where the same value comes from somewhere else: one of them will not follow', () => {
    const told = agreed([
      says('gateway', line('LOG_LEVEL', 'info', 'configuration server')),
      says('orders', line('LOG_LEVEL', 'info')),
    ])
    expect(told.map(({ processes }) => processes)).toEqual([['gateway'], ['orders']])
  })
})
