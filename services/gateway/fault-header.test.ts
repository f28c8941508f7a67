import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readFaultHeader } from './fault-header.ts'

const key = Buffer.from('k'.repeat(40))
const now = new Date('2026-11-30T12:00:00Z')
const seconds = now.getTime() / 1000
const asked = { method: 'GET', path: '/api/products' }
const signed = (told: string, { method, path } = asked, by = key) =>
  `${told},signature=${createHmac('sha256', by).update(`${method} ${path}\n${told}`).digest('base64url')}`
const read = (text: string, of = asked) => readFaultHeader(key, text, of, now)
const soon = `until=${seconds + 60}`

describe('S35: a request that asks to fail', () => {
  it('is late, refused, both, or cut off', () => {
    expect(read(signed(`delay=250,${soon}`))).toEqual({ delayMs: 250 })
    expect(read(signed(`abort=503,${soon}`))).toEqual({ abort: 503 })
    expect(read(signed(`delay=250,abort=503,${soon}`))).toEqual({ delayMs: 250, abort: 503 })
    expect(read(signed(`abort=reset,${soon}`))).toEqual({ abort: 'reset' })
  })

  it.each([
    ['is not signed', `abort=503,${soon}`],
    ['is signed with another key', signed(`abort=503,${soon}`, asked, Buffer.from('x'.repeat(40)))],
    ['was signed for another address', signed(`abort=503,${soon}`, { ...asked, path: '/api/orders' })],
    ['was signed for another method', signed(`abort=503,${soon}`, { ...asked, method: 'POST' })],
    ['says more than was signed', signed(`abort=503,${soon}`).replace('abort=503', 'abort=504')],
    ['is over', signed(`abort=503,until=${seconds}`)],
    ['would hold for longer than five minutes', signed(`abort=503,until=${seconds + 301}`)],
    ['has no end', signed('abort=503')],
    ['asks for something good', signed(`abort=200,${soon}`)],
    ['waits for longer than a minute', signed(`delay=60001,${soon}`)],
    ['asks for nothing', signed(soon)],
    ['is nonsense', 'yes'],
  ])('does not when the header %s', (_why, text) => {
    expect(read(text)).toBeUndefined()
  })
})
