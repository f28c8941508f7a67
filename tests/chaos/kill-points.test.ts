import { describe, expect, it } from 'vitest'
import { killpoint, armKillpoints } from '#kit/core/killpoint.ts'
import { killPoints, namesInSource } from './kill-point-list.ts'

describe('kill points', () => {
  it('have a name of their own each, so that a run can say where the process died', () => {
    const doubled = [...namesInSource()].filter(([, places]) => places.length > 1).map(([name]) => name)
    expect(doubled).toEqual([])
  })

  it('stand at every boundary: outbox, relay, consumers, flows, payments, refunds, cancelling, answers', async () => {
    const points = await killPoints()
    const areas = new Set(points.map((point) => point.split('.')[0]))
    expect([...areas].sort()).toEqual([
      'cancel', 'cdc', 'consumer', 'db', 'group', 'idempotency', 'job', 'order', 'outbox', 'payment', 'process', 'refund', 'relay', 'rows', 'undo', 'webhook',
    ]) // biome-ignore format: one list
    expect(points).toContain('process.before-step:TakePayment')
    expect(points.length).toBeGreaterThan(70)
  })

  it('do nothing unless somebody arms them', () => {
    const passed: string[] = []
    killpoint('order.before-answer')
    armKillpoints((point) => passed.push(point))
    killpoint('process.before-step', 'TakePayment')
    armKillpoints(undefined)
    killpoint('order.before-answer')
    expect(passed).toEqual(['process.before-step:TakePayment'])
  })
})
