import { expect, test } from 'vitest'
import { BESIDE_POOLS, connectionsOf } from './connections.ts'

test('the server of a stack has a connection for whatever its processes may open at once, however many they are', () => {
  for (const [processes, told] of [[3], [17], [34], [34, '20'], [51, ' ']] as const) {
    const { each, server } = connectionsOf(processes, told)
    expect(Number(each)).toBeGreaterThanOrEqual(8)
    // three are kept back for administrators
    expect(server - 3).toBeGreaterThan(processes * (Number(each) + BESIDE_POOLS))
  }
  expect(connectionsOf(34, '20').each).toBe('20')
})
