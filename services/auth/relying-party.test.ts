import { expect, test } from 'vitest'
import { relyingPartyOf } from './relying-party.ts'

const none = { passkeyRpId: undefined, passkeyOrigins: [] }

test('passkeys belong to the host of the shop, unless somebody says otherwise', () => {
  expect(relyingPartyOf(none, 'https://shop.example:8443/souk')).toEqual({
    id: 'shop.example',
    origins: ['https://shop.example:8443'],
  })
  expect(
    relyingPartyOf(
      { passkeyRpId: 'example.com', passkeyOrigins: ['https://www.example.com', 'https://example.com'] },
      'https://api.example.com',
    ),
  ).toEqual({ id: 'example.com', origins: ['https://www.example.com', 'https://example.com'] })
})

test('a shop that is reached by an IP address has none', () => {
  expect(relyingPartyOf(none, 'http://192.0.2.7:8080')).toBeUndefined()
  expect(relyingPartyOf(none, 'http://[::1]:8080')).toBeUndefined()
})

test('a page of somebody else cannot be named, not even one whose name ends alike', () => {
  const of = (origin: string) => () =>
    relyingPartyOf({ passkeyRpId: 'shop.example', passkeyOrigins: [origin] }, 'https://shop.example')
  expect(of('https://evil.example')).toThrow('AUTH_PASSKEY_RP_ID')
  expect(of('https://notshop.example')).toThrow('cannot be used')
  expect(of('https://admin.shop.example')).not.toThrow()
})
