import { expect, it } from 'vitest'
import { readKafkaUrl } from './connection.ts'

it('takes several brokers, a prefix, an account and files of TLS', () => {
  expect(readKafkaUrl('kafkas://shop:p%40ss@one,two:9093/shop1?sasl=scram-sha-512&ca=/ca.pem&cert=/c.pem&key=/k.pem')).toEqual({
    brokers: ['one:9092', 'two:9093'],
    prefix: 'shop1.',
    tls: { ca: '/ca.pem', cert: '/c.pem', key: '/k.pem' },
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'shop', password: 'p@ss' },
  })
  expect(readKafkaUrl('kafka://one')).toEqual({ brokers: ['one:9092'], prefix: '', tls: undefined, sasl: undefined })
})

it.each([
  ['kafka://', 'looks like'],
  ['kafka://one?sasl=magic', 'sasl=magic'],
  ['kafka://one?ca=/ca.pem', 'with TLS'],
  ['kafkas://one?cert=/c.pem', 'belong together'],
  ['kafkas://one?servername=x', 'knows no "servername"'],
])('refuses %s', (url, reason) => {
  expect(() => readKafkaUrl(url)).toThrow(reason)
})
