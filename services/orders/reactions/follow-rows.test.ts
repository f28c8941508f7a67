import { describe, expect, it } from 'vitest'
import { statusMoves } from './follow-rows.ts'

const row = (status: string) => ({ id: '0190a000-0000-7000-8000-000000000001', number: 'ORD-1', status, version: 1 }) as never
const change = (op: 'c' | 'u' | 'd' | 'r', before: string | null, after: string | null) => ({
  op,
  before: before === null ? null : row(before),
  after: after === null ? null : row(after),
  lsn: 1,
  committedAt: '2026-11-29T12:00:00.000Z',
})

describe('changes of rows of orders', () => {
  it('tell a status that moved', () => {
    expect(statusMoves([change('u', 'PENDING', 'CANCELLED')])).toMatchObject([{ from: 'PENDING', to: 'CANCELLED' }])
  })

  it('tell nothing of a status that stayed, of new, deleted and merely read orders', () => {
    const changes = [
      change('u', 'PENDING', 'PENDING'),
      change('c', null, 'PENDING'),
      change('r', null, 'SHIPPED'),
      change('d', 'SHIPPED', null),
    ]
    expect(statusMoves(changes)).toEqual([])
  })

  it('leave open where a status came from when the old row was not written down', () => {
    expect(statusMoves([change('u', null, 'SHIPPED')])).toMatchObject([{ from: null, to: 'SHIPPED' }])
  })
})
