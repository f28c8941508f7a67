import { describe, expect, it } from 'vitest'
import { grantedRoles, readProviders } from './configuration.ts'

const one = { key: 'company', issuer: 'https://id.example/realms/shop', clientId: 'souk', clientSecret: 'not-for-your-eyes' }
const read = (...list: object[]) => readProviders(JSON.stringify(list), { strict: true })

describe('the providers that people may sign in with', () => {
  it('are none, unless somebody names them', () => {
    expect(readProviders(undefined, { strict: true })).toEqual([])
  })

  it('need a key, an issuer and a client; the rest has defaults', () => {
    expect(read(one)).toMatchObject([
      { key: 'company', name: 'company', scopes: 'openid email profile', faces: ['shop'], rolesClaim: ['roles'] },
    ])
  })

  it.each<[string, object]>([
    ['an unknown field', { ...one, secret: 'not-for-your-eyes' }],
    ['a role we do not have', { ...one, roles: { boss: 'EMPEROR' } }],
    ['another face', { ...one, for: ['mobile'] }],
    ['a key that does not fit an address', { ...one, key: 'Company Ltd' }],
    ['an issuer without https', { ...one, issuer: 'http://id.example' }],
    ['no client', { ...one, clientId: undefined }],
    ['scopes without openid', { ...one, scopes: 'email' }],
  ])('stop the start with %s, and no secret is told', (_, bad) => {
    expect(() => read(bad)).toThrow(/^AUTH_PROVIDERS: /)
    expect(() => read(bad)).not.toThrow('not-for-your-eyes')
  })

  it('have keys of their own', () => {
    expect(() => read(one, one)).toThrow('the same key')
    expect(() => readProviders('{"clientSecret":"not-for-your-eyes"', { strict: true })).toThrow('no JSON list')
  })

  it('may be on this machine without https, and elsewhere while nobody sells anything', () => {
    expect(read({ ...one, issuer: 'http://localhost:8180/realms/shop' })).toHaveLength(1)
    expect(readProviders(JSON.stringify([{ ...one, issuer: 'http://id.internal' }]), { strict: false })).toHaveLength(1)
  })
})

describe('claims of a provider', () => {
  const [provider] = read({ ...one, rolesClaim: 'realm_access.roles', roles: { boss: 'ADMIN', desk: 'SUPPORT' } })
  const granted = (claims: unknown) => grantedRoles(provider!, claims)

  it('give the roles that are mapped, and no other', () => {
    expect(granted({ realm_access: { roles: ['desk', 'ADMIN', 'admin', 'boss', 'desk'] } })).toEqual(['SUPPORT', 'ADMIN'])
    expect(granted({ realm_access: { roles: 'desk' } })).toEqual(['SUPPORT'])
  })

  it('give nothing where they have another shape', () => {
    for (const claims of [
      undefined,
      null,
      {},
      { realm_access: null },
      { realm_access: { roles: [{ boss: true }, 7, null] } },
      { roles: ['boss'] },
    ])
      expect(granted(claims)).toEqual([])
    expect(granted({ realm_access: { roles: ['constructor', '__proto__', 'toString'] } })).toEqual([])
  })
})
