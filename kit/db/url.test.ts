import { describe, expect, it } from 'vitest'
import { atHost, checkDatabaseUrl, databaseOf, hostsOf, withDatabase, withoutParameters, withUser } from './url.ts'

const two = 'postgres://souk:p%40ss@one:5432,two:5433/shop?sslmode=require'

describe('the URL of a database', () => {
  it('may name several hosts, and keeps them through every change', () => {
    expect(hostsOf(two)).toEqual(['one:5432', 'two:5433'])
    expect(withUser(two, 'souk_orders', 'a/b')).toBe('postgres://souk_orders:a%2Fb@one:5432,two:5433/shop?sslmode=require')
    expect(withDatabase(two, 'shop_orders')).toBe('postgres://souk:p%40ss@one:5432,two:5433/shop_orders?sslmode=require')
    expect(withoutParameters(two)).toBe('postgres://souk:p%40ss@one:5432,two:5433/shop')
    expect(atHost(two, 'two:5433')).toBe('postgres://souk:p%40ss@two:5433/shop?sslmode=require')
    expect(databaseOf(two)).toBe('shop')
  })

  it('may name no account and no database', () => {
    expect(databaseOf('postgres://pooler:6432')).toBe('')
    expect(withUser('postgres://pooler:6432', 'a', 'b')).toBe('postgres://a:b@pooler:6432')
    expect(hostsOf('postgres://[::1]:5432/shop')).toEqual(['[::1]:5432'])
  })

  it('is refused with the host that is wrong', () => {
    expect(() => checkDatabaseUrl('postgres://one,two:99999/shop')).toThrow('"two:99999" is no host and port')
    expect(() => checkDatabaseUrl('postgres:///shop')).toThrow('it names no host')
    expect(() => checkDatabaseUrl(two)).not.toThrow()
  })
})
