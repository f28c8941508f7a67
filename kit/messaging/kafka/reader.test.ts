import { expect, test } from 'vitest'
import { withLeaders } from './reader.ts'

const failing = (times: number, message: string) => {
  let asked = 0
  return async () => {
    asked += 1
    if (asked <= times) throw new AggregateError([], message)
    return asked
  }
}

test('a topic that has no leaders yet is asked for again, with a fresh look at who leads', async () => {
  let looks = 0
  const look = async () => (looks += 1)
  expect(await withLeaders(failing(2, 'Listing offsets failed.'), look, { tries: 3, pauseMs: 1 })).toBe(3)
  expect(looks).toBe(2)
  await expect(withLeaders(failing(3, 'Listing offsets failed.'), look, { tries: 3, pauseMs: 1 })).rejects.toThrow('Listing')
  await expect(withLeaders(failing(1, 'nobody is there'), look, { tries: 3, pauseMs: 1 })).rejects.toThrow('nobody is there')
})
