import { expect, test } from 'vitest'
import { hasCardNumber } from './card-number.ts'

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
])('%j is a card number', (text, field) => {
  expect(hasCardNumber(text, field)).toBe(true)
})

test.each([
  ['4111111111111112', ''],
  ['01890000-1234-7123-8123-123456789012', ''],
  ['0000000000000000', ''],
  ['1732181412345', 'at'],
  ['4006381333931', 'ean'],
  ['+4915123456784', 'phone'],
  ['9a41111111111111118c2fd1e2a3b4c5d6e7f8a9b0c1d2e3', 'digest'],
  ['ORD-4111111111', ''],
  ['12345678901234567890123', ''],
  ['2026-11-21 10:05:13', ''],
  ['a perfectly normal sentence of 2026', ''],
])('%j is none', (text, field) => {
  expect(hasCardNumber(text, field)).toBe(false)
})
