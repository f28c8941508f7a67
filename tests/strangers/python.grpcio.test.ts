import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openForStrangers, protos, ran, script, type ShopForStrangers } from './shop-for-strangers.ts'

let strangers: ShopForStrangers
beforeAll(async () => {
  strangers = await openForStrangers()
}, 120_000)
afterAll(async () => await strangers?.shop.remove())

it('a program in Python with nothing but the published files reserves, sells, watches, takes money and gives it back', async () => {
  await strangers.stock('python', 9)
  const args = [script('stranger.py'), strangers.target, protos, strangers.token, 'python', randomUUID(), randomUUID()]
  args.push(await strangers.userToken({ ageSeconds: 700 }), await strangers.userToken({ key: 'theirs' }))
  const { out, errors } = await ran(process.env['GRPC_PYTHON'] ?? 'python3', args)
  expect(errors).toBe('')
  expect(JSON.parse(out)).toEqual({
    first: 9,
    reserve: 'reserved',
    again: 'reserved',
    then: 7,
    commit: 'committed',
    release: 'committed',
    left: 7,
    authorize: 'authorized',
    capture: 'captured',
    status: 'captured',
    refund: 'refunded',
    nobody: 'UNAUTHENTICATED',
    expired: 'UNAUTHENTICATED',
    forged: 'UNAUTHENTICATED',
    late: 'DEADLINE_EXCEEDED',
    declined: 'declined',
  })
})
