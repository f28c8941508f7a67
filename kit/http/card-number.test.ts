import { expect, test } from 'vitest'
import { hasCardNumber, maskCardNumbers } from './card-number.ts'

test.each([
  ['4111111111111111', ''],
  ['378282246310005', ''],
  ['4222222222222', ''],
  ['6304000000000000', ''],
  ['4000 0566 5566 5556', ''],
  ['card: 5555-5555-5555-4444 exp 12/28', 'note'],
  ['4111 1111 1111 1111 12 28', ''],
  ['CC4111111111111111', ''],
  ['4111111111111111', 'phone'],
  ['4111 1111 1111 1111', 'gtin'],
  ['4222222222222', 'ean'],
  ['4222222222222', 'barcode'],
  ['378282246310005', 'trackingNumber'],
])('S29: %j under %j is a card number', (text, field) => {
  expect(hasCardNumber(text, field)).toBe(true)
})

test.each([
  ['4111111111111112', ''],
  ['01890000-1234-7123-8123-123456789012', ''],
  ['0000000000000000', ''],
  ['1732181412345', 'at'],
  ['4006381333931', 'ean'],
  ['9780306406157', 'isbn'],
  ['5901234123457', ''],
  ['8711253001202', 'a Dutch product, Luhn-valid by chance'],
  ['123456789012', 'tracking'],
  ['+4915123456784', 'phone'],
  ['9a41111111111111118c2fd1e2a3b4c5d6e7f8a9b0c1d2e3', 'digest'],
  ['ORD-4111111111', ''],
  ['12345678901234567890123', ''],
  ['2026-11-21 10:05:13', ''],
  ['a perfectly normal sentence of 2026', ''],
])('S29: %j under %j is none', (text, field) => {
  expect(hasCardNumber(text, field)).toBe(false)
})

test('S29: of a card number in a message that must be kept only the last four digits are', () => {
  const id = '01890000-1234-7123-8123-411111111111'
  const text = JSON.stringify({
    id,
    reference: '5555555555554444',
    card: '4111 1111-1111 1111',
    n: 4222222222222,
    at: 1732181412345,
  })
  const kept = maskCardNumbers(text, ['5555555555554444'])
  expect(JSON.parse(kept)).toEqual({
    id,
    reference: '5555555555554444',
    card: '9999 9999-9999 1111',
    n: 9999999992222,
    at: 1732181412345,
  })
})
