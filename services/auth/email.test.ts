import { expect, test } from 'vitest'
import { parseEmail, requireEmail } from './email.ts'

test('one mailbox is one account, however its address is typed', () => {
  const keys = ['ann@shop.example', ' Ann@Shop.EXAMPLE ', 'ANN@shop.example.', 'a\u006en@shop.example'].map(
    (text) => parseEmail(text)?.key,
  )
  expect(new Set(keys)).toEqual(new Set(['ann@shop.example']))
})

test('composed and decomposed letters and international domains are the same address', () => {
  expect(parseEmail('jos\u0065\u0301@b\u00fccher.example')?.key).toBe(parseEmail('jos\u00e9@xn--bcher-kva.example')?.key)
})

test('the address for mails keeps the spelling its owner chose', () => {
  expect(parseEmail(' Ann@Shop.example')?.address).toBe('Ann@Shop.example')
})

test.each([
  '',
  'ann',
  'ann@',
  '@shop.example',
  'ann@localhost',
  'a b@shop.example',
  'ann@shop.example\r\nBcc: eve@x.example',
  'ann@a@shop.example',
  '<ann@shop.example>',
  `${'a'.repeat(65)}@shop.example`,
  `ann@${'a.'.repeat(140)}example`,
  'ann,eve@shop.example',
])('what cannot be an address is refused: %j', (text) => {
  expect(parseEmail(text)).toBeUndefined()
  expect(() => requireEmail(text)).toThrow(expect.objectContaining({ code: 'auth/invalid-email' }))
})
