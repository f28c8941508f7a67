import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { isLinkToken, linkToken, requestIdOf, type LinkSubject } from './link-token.ts'
import { firstRefreshToken, parseRefreshToken, successor } from './refresh-token.ts'
import { seal, unseal } from '#kit/core/sealed.ts'
import { mac } from './keyed-hash.ts'
import { uuidv7 } from '#kit/core/ids.ts'

const key = randomBytes(32)

test('what is sealed for one row opens for that row only', () => {
  const sealed = seal(key, 'totp:1', Buffer.from('seed'))
  expect(unseal(key, 'totp:1', sealed).toString()).toBe('seed')
  expect(sealed.includes('seed')).toBe(false)
  expect(() => unseal(key, 'totp:2', sealed)).toThrow()
  expect(() => unseal(randomBytes(32), 'totp:1', sealed)).toThrow()
})

test('one changed bit anywhere, and nothing opens', () => {
  const sealed = seal(key, 'row', Buffer.from('seed'))
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed)
    changed[index]! ^= 1
    expect(() => unseal(key, 'row', changed)).toThrow()
  }
})

test('moving a letter from one part to the next changes the keyed hash', () => {
  expect(mac(key, 'ab', 'c').equals(mac(key, 'a', 'bc'))).toBe(false)
})

test('the successor of a refresh token is always the same one', () => {
  const first = firstRefreshToken(key, uuidv7())
  expect(successor(key, first).text).toBe(successor(key, first).text)
  expect(successor(key, first)).toMatchObject({ sessionId: first.sessionId, generation: 2 })
  expect(successor(randomBytes(32), first).text).not.toBe(successor(key, first).text)
})

test('a refresh token reads back; invented, shortened and respelled ones do not', () => {
  const token = firstRefreshToken(key, uuidv7())
  expect(parseRefreshToken(key, token.text)).toEqual(token)
  expect(parseRefreshToken(randomBytes(32), token.text)).toBeUndefined()
  expect(parseRefreshToken(key, token.text.slice(0, -1))).toBeUndefined()
  expect(parseRefreshToken(key, `${token.text}=`)).toBeUndefined()
  expect(parseRefreshToken(key, '')).toBeUndefined()
  for (let index = 0; index < token.text.length; index += 7) {
    const other = token.text[index] === 'A' ? 'B' : 'A'
    expect(parseRefreshToken(key, token.text.slice(0, index) + other + token.text.slice(index + 1))).toBeUndefined()
  }
})

test('a mail link is good for its purpose, person and address only', () => {
  const subject: LinkSubject = { requestId: uuidv7(), purpose: 'reset', userId: uuidv7(), emailKey: 'ann@shop.example' }
  const token = linkToken(key, subject)
  expect(requestIdOf(token)).toBe(subject.requestId)
  expect(isLinkToken(key, token, subject)).toBe(true)
  expect(isLinkToken(key, token, { ...subject, purpose: 'verify' })).toBe(false)
  expect(isLinkToken(key, token, { ...subject, userId: uuidv7() })).toBe(false)
  expect(isLinkToken(key, token, { ...subject, emailKey: 'eve@shop.example' })).toBe(false)
  expect(isLinkToken(randomBytes(32), token, subject)).toBe(false)
  expect(requestIdOf('x')).toBeUndefined()
})
