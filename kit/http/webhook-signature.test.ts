import { describe, expect, it } from 'vitest'
import { signWebhook, verifyWebhook } from './webhook-signature.ts'

const secret = Buffer.from('0123456789abcdef0123456789abcdef')
const other = Buffer.from('fedcba9876543210fedcba9876543210')
const body = Buffer.from('{"amount": 1}')
const at = new Date('2026-01-01T00:00:00Z')
const seconds = (n: number) => new Date(at.getTime() + n * 1000)
const headers = (changes = {}) => ({ ...signWebhook([secret], 'msg_1', body, at), ...changes })

describe('a signed message', () => {
  it('is what the Standard Webhooks specification says', () => {
    // computed with openssl: printf 'msg_1.1767225600.{"amount": 1}' | openssl dgst -sha256 -hmac <secret> -binary | base64
    expect(headers()).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1767225600',
      'webhook-signature': 'v1,GtbI6RcK7ItHvT6Tc9Ok5Dn36laPYYDKlr1cZgojyZg=',
    })
  })

  it('is believed for five minutes, and under each secret while they are rotated', () => {
    expect(verifyWebhook([secret], headers(), body, seconds(299))).toBe('msg_1')
    expect(verifyWebhook([other, secret], headers(), body, at)).toBe('msg_1')
    expect(verifyWebhook([secret], { ...signWebhook([other, secret], 'msg_1', body, at) }, body, at)).toBe('msg_1')
  })

  it('is not believed when anything about it is different', () => {
    const cases: [Record<string, string | undefined>, Buffer, Date, Buffer[]][] = [
      [headers(), body, seconds(301), [secret]],
      [headers(), body, seconds(-301), [secret]],
      [headers(), Buffer.from('{"amount":1}'), at, [secret]],
      [headers(), body, at, [other]],
      [headers(), body, at, []],
      [headers({ 'webhook-id': 'msg_2' }), body, at, [secret]],
      [headers({ 'webhook-timestamp': '1767225601' }), body, at, [secret]],
      [headers({ 'webhook-timestamp': '1767225600.0' }), body, at, [secret]],
      [headers({ 'webhook-signature': '' }), body, at, [secret]],
      [headers({ 'webhook-signature': 'v1,' }), body, at, [secret]],
      [headers({ 'webhook-signature': headers()['webhook-signature'].replace('v1', 'v2') }), body, at, [secret]],
      [{}, body, at, [secret]],
    ]
    for (const [given, bytes, now, secrets] of cases) expect(verifyWebhook(secrets, given, bytes, now)).toBeUndefined()
  })
})
