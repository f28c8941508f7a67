import { expect, test } from 'vitest'
import { poolSizes } from './pool-sizes.ts'

const services = [...Array.from({ length: 15 }, () => ({})), { brief: true }, { brief: true }]
const POOLS = 19

test('what searches and lists have of their own is part of DATABASE_CONNECTIONS', () => {
  for (const databaseConnections of [96, 160, 400, 1000]) {
    const { http, background, both } = poolSizes({ databaseConnections, httpWorkers: 1 }, services)
    expect(POOLS * (http + background)).toBeLessThanOrEqual(databaseConnections)
    expect(POOLS * both).toBeLessThanOrEqual(databaseConnections)
  }
  expect(poolSizes({ databaseConnections: 96, httpWorkers: 1 }, services).http).toBe(3)
  expect(poolSizes({ databaseConnections: 160, httpWorkers: 1 }, services.slice(0, 10))).toEqual({
    http: 10,
    background: 5,
    both: 16,
  })
})

test('no service has fewer than it needs', () => {
  expect(poolSizes({ databaseConnections: 5, httpWorkers: 4 }, services)).toEqual({ http: 2, background: 2, both: 4 })
})
