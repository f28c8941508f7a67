import { describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { grouped } from './grouped.ts'
import { createLane } from './lane.ts'

/** Two kinds of statements in one lane; each group stays until told to end. */
function crossing(atOnce: number) {
  const lane = createLane(atOnce)
  const begun: { kind: string; items: readonly number[]; end: () => void }[] = []
  const statements = (kind: string) =>
    grouped(
      { maxSize: 64, maxInFlight: 2, lane },
      (items: readonly number[]) =>
        new Promise<readonly number[]>((resolve) => begun.push({ kind, items, end: () => resolve(items) })),
    )
  return { begun, reserve: statements('reserve'), commit: statements('commit') }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a lane', () => {
  it('lets only so many statements go at once, whatever they do', async () => {
    const { begun, reserve, commit } = crossing(1)
    const answers = [reserve(1), commit(2)]
    await turn()
    expect(begun.map(({ kind }) => kind)).toEqual(['reserve'])
    begun[0]!.end()
    await eventually(() => expect(begun.map(({ kind }) => kind)).toEqual(['reserve', 'commit']))
    begun[1]!.end()
    expect(await Promise.all(answers)).toEqual([1, 2])
  })

  it('takes the longest line next, so that requests on the same way gather', async () => {
    const { begun, reserve, commit } = crossing(1)
    const answers = [reserve(1)]
    await turn()
    answers.push(reserve(2), commit(3), commit(4))
    begun[0]!.end()
    await eventually(() => expect(begun[1]).toMatchObject({ kind: 'commit', items: [3, 4] }))
    begun[1]!.end()
    await eventually(() => expect(begun[2]).toMatchObject({ kind: 'reserve', items: [2] }))
    begun[2]!.end()
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4])
  })

  it('goes on after a statement that failed', async () => {
    const lane = createLane(1)
    const failing = grouped({ maxSize: 1, maxInFlight: 1, lane }, () => Promise.reject(new Error('no')))
    await expect(failing(1)).rejects.toThrow('no')
    const working = grouped({ maxSize: 1, maxInFlight: 1, lane }, async (items: readonly number[]) => items)
    expect(await working(2)).toBe(2)
  })
})
