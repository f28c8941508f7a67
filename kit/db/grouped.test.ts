import { describe, expect, it } from 'vitest'
import { currentContext, deadlineOf, until, withContext } from '#kit/core/context.ts'
import { defineErrors } from '#kit/core/errors.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { grouped } from './grouped.ts'

const errors = defineErrors('test-grouped', { down: ['unavailable', 'down'] })

/** A worker that keeps groups until it is told to finish them. */
function slow() {
  const groups: { items: readonly number[]; finish: () => void }[] = []
  const run = (items: readonly number[]) =>
    new Promise<number[]>((resolve) => groups.push({ items, finish: () => resolve(items.map((item) => item * 10)) }))
  return { groups, run, sizes: () => groups.map((group) => group.items.length) }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('grouped calls', () => {
  it('of one moment share one statement and get their own answers', async () => {
    const sizes: number[] = []
    const call = grouped({ maxSize: 64, maxInFlight: 2 }, async (items: readonly number[]) => {
      sizes.push(items.length)
      return items.map((item) => item * 10)
    })
    expect(await Promise.all([1, 2, 3].map(call))).toEqual([10, 20, 30])
    expect(sizes).toEqual([3])
  })

  it('that come while others are at work form the next group, in order of arrival and within the bounds', async () => {
    const { groups, run, sizes } = slow()
    const call = grouped({ maxSize: 4, maxInFlight: 2 }, run)
    const answers = [call(1)]
    await turn()
    answers.push(call(2))
    await turn()
    for (let item = 3; item <= 9; item += 1) answers.push(call(item))
    await turn()
    expect(sizes()).toEqual([1, 1])
    groups[0]!.finish()
    await eventually(() => expect(groups.slice(2).map((group) => group.items)).toEqual([[3, 4, 5, 6]]))
    groups[1]!.finish()
    groups[2]!.finish()
    await eventually(() => expect(groups.slice(3).map((group) => group.items)).toEqual([[7, 8, 9]]))
    groups[3]!.finish()
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90])
  })

  it('have the time of none of them: who came first may have none left', async () => {
    const seen: unknown[] = []
    const call = grouped({ maxSize: 64, maxInFlight: 1 }, async (items: readonly number[]) => {
      seen.push([items, deadlineOf(), currentContext().traceId])
      return items
    })
    const hurried = { traceId: 'a'.repeat(32), correlationId: 'hurried' }
    const late = withContext(hurried, () => until(Date.now() + 5, () => call(1)))
    expect(await Promise.all([late, call(2)])).toEqual([1, 2])
    expect(seen).toEqual([[[1, 2], undefined, hurried.traceId]])
  })

  it('that change the same thing never share a group, and keep their order', async () => {
    const groups: (readonly string[])[] = []
    const call = grouped({ maxSize: 3, maxInFlight: 1, apart: (item: string) => item[0]! }, async (items: readonly string[]) => {
      groups.push(items)
      return items
    })
    expect(await Promise.all(['a1', 'a2', 'b1', 'a3', 'b2', 'c1', 'd1'].map(call))).toHaveLength(7)
    expect(groups).toEqual([['a1', 'b1', 'c1'], ['d1', 'a2', 'b2'], ['a3']])
  })

  it('fail alone when only one of them is bad', async () => {
    const call = grouped({ maxSize: 64, maxInFlight: 2 }, async (items: readonly number[]) => {
      if (items.includes(2)) throw new Error(`bad in a group of ${items.length}`)
      return items
    })
    const answers = await Promise.allSettled([1, 2, 3].map(call))
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.message))).toEqual([
      1,
      'bad in a group of 1',
      3,
    ])
  })

  it('are not repeated one by one against a database that is down', async () => {
    let runs = 0
    const call = grouped({ maxSize: 64, maxInFlight: 2 }, async () => {
      runs += 1
      throw errors.down()
    })
    const answers = await Promise.allSettled([1, 2, 3].map(call))
    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(runs).toBe(1)
  })

  it('are tried alone after a deadlock', async () => {
    const call = grouped({ maxSize: 64, maxInFlight: 1 }, async (items: readonly number[]) => {
      if (items.length > 1) throw errors.down({}, { cause: Object.assign(new Error('deadlock'), { code: '40P01' }) })
      return items
    })
    expect(await Promise.all([1, 2].map(call))).toEqual([1, 2])
  })

  it('are all refused when the work answers with the wrong number of results', async () => {
    const call = grouped({ maxSize: 64, maxInFlight: 1 }, async () => [])
    await expect(call(1)).rejects.toThrow('a group of 1 was answered with 0 results')
  })
})
