import { describe, expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { signWebhook } from '#kit/http/webhook-signature.ts'
import { matches, newEndpointSecret, outcomeOf, pauseAfter, RETRY_SECONDS, secretBytes } from './endpoint.ts'

const created = { aggregate: 'order', type: 'OrderCreated.v1' }

describe('an endpoint', () => {
  it('gets what it asked for: everything, a topic, or one event', () => {
    expect(['*', 'order.*', 'OrderCreated.v1'].every((pattern) => matches(pattern, created))).toBe(true)
    expect(
      ['payment.*', 'OrderCreated.v2', 'OrderCreated', 'ord.*', 'order', ''].some((pattern) => matches(pattern, created)),
    ).toBe(false)
  })

  it('S22: gets signatures that any Standard Webhooks library accepts', () => {
    const [secret, before] = [newEndpointSecret(), newEndpointSecret()]
    const body = Buffer.from('{"type":"OrderCreated.v1","data":{"note":"ä€"}}')
    const headers = { ...signWebhook([secretBytes(secret), secretBytes(before)], 'msg-1', body, new Date()) }
    for (const known of [secret, before])
      expect(new Webhook(known).verify(body, headers)).toMatchObject({ type: 'OrderCreated.v1' })
    expect(() => new Webhook(newEndpointSecret()).verify(body, headers)).toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
  })

  it('signs as the published example of the standard does', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const at = new Date(1_614_265_330_000)
    const headers = signWebhook([secretBytes(secret)], 'msg_p5jXN8AQM9LWM0D4loKWxJek', Buffer.from('{"test": 2432232314}'), at)
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
})

describe('an answer', () => {
  it('of any 2xx is thanks, 410 is farewell, everything else is worth another try', () => {
    expect([200, 201, 204, 299].map((status) => outcomeOf(status).kind)).toEqual([
      'delivered',
      'delivered',
      'delivered',
      'delivered',
    ])
    expect(outcomeOf(410).kind).toBe('gone')
    expect([undefined, 301, 302, 400, 404, 429, 500].map((status) => outcomeOf(status).kind)).toEqual(Array(7).fill('failed'))
  })

  it('may ask for a pause, within reason', () => {
    expect(outcomeOf(429, '120')).toEqual({ kind: 'failed', notBefore: 120 })
    expect(outcomeOf(503, '999999')).toEqual({ kind: 'failed', notBefore: 86_400 })
    expect(outcomeOf(503, 'soon')).toEqual({ kind: 'failed', notBefore: 0 })
    expect(outcomeOf(500, '120')).toEqual({ kind: 'failed', notBefore: 0 })
  })
})

describe('the schedule', () => {
  it('makes ten tries in about 75 hours', () => {
    expect(RETRY_SECONDS.length + 1).toBe(10)
    expect(Math.floor(RETRY_SECONDS.reduce((sum, seconds) => sum + seconds, 0) / 3600)).toBe(75)
  })

  it('spreads tries a little, obeys the endpoint, and ends', () => {
    expect(pauseAfter(0, 0)).toBe(5)
    expect(pauseAfter(1, 1)).toBeCloseTo(330)
    expect(pauseAfter(0, 0, 60)).toBe(60)
    expect(pauseAfter(8, 0)).toBe(86_400)
    expect(pauseAfter(9, 0)).toBeUndefined()
  })
})
