import { expect, test } from 'vitest'
import { createVouching, createVouchReader, VOUCHED_CLIENT } from './vouch.ts'

const secret = Buffer.alloc(32, 7)
const vouched = (client: string, at: number, key = secret) => createVouching(key, () => at)(client)
const read = (header: string, at = 1_000_000) => createVouchReader(secret, () => at)({ [VOUCHED_CLIENT]: header })

test('believes the gateway of the same installation', () => {
  expect(read(vouched('2001:db8::1', 1_000_000))).toBe('2001:db8::1')
})

test.each([
  ['another key', vouched('192.0.2.1', 1_000_000, Buffer.alloc(32, 8))],
  ['another address than was signed', vouched('192.0.2.1', 1_000_000).replace('192.0.2.1', '192.0.2.9')],
  ['an old signature', vouched('192.0.2.1', 1_000_000 - 120_000)],
  ['no signature', '1000 192.0.2.1'],
  ['nonsense', 'x'],
])('does not believe %s', (_what, header) => {
  expect(read(header)).toBeUndefined()
})
