import { describe, expect, it } from 'vitest'
import type { Look } from '#kit/cache/change-list.ts'
import type { SecondLevel } from '#kit/cache/second-level.ts'
import type { Redis } from './connection.ts'
import { redisSecondLevel } from './second-level.ts'

const look = (...tags: string[]): Look => ({ snapshot: tags.join(), tags, everything: false })
const toMake = { madeElsewhere: false, answer: undefined }

/** Takes down what it is told and asked, in its order, and does `meanwhile` before it answers. */
function aRedis(meanwhile: (second: SecondLevel, heard: readonly string[]) => unknown) {
  const heard: string[] = []
  const client = {
    withTypeMapping: () => client,
    async evalSha(_hash: string, { keys, arguments: args }: { keys: string[]; arguments: string[] }) {
      // what changed has one key; an answer has three
      const told = keys.length === 1
      heard.push(told ? args.slice(3).sort().join() : 'asked')
      await meanwhile(second, heard)
      return told ? 1 : ['epoch', '1', '1']
    },
  }
  const redis = { run: async (_part: string, work: (client: unknown) => Promise<unknown>) => await work(client) }
  const second = redisSecondLevel({ redis: redis as unknown as Redis, part: 'system', name: 'test', longestSeconds: 60 })
  return { second, heard }
}

/** A was found and is being told; B is found, and somebody asks, before Redis has answered. */
function askedInBetween() {
  const first = Promise.withResolvers<void>()
  const { second, heard } = aRedis((_, { length }) => (length === 1 ? first.promise : undefined))
  second.tell(look('A'))
  second.tell(look('B'))
  return { first, second, heard, asking: second.ask('page') }
}

describe('what changed', () => {
  it('is told before anything is asked, also what was found while something else was told', async () => {
    const { first, heard, asking } = askedInBetween()
    first.resolve()
    expect(await asking).toMatchObject({ ...toMake, since: { epoch: 'epoch' } })
    expect(heard).toEqual(['A', 'B', 'asked'])
  })

  it('is told again where it was not taken, and until then nothing is asked', async () => {
    const { first, second, heard, asking } = askedInBetween()
    first.reject(new Error('no answer'))
    expect(await asking).toEqual({ ...toMake, since: undefined })
    expect(heard).toEqual(['A'])
    expect(await second.ask('page')).toMatchObject({ ...toMake, since: { epoch: 'epoch' } })
    expect(heard).toEqual(['A', 'A,B', 'asked'])
  })

  it('holds nobody up who asked before it was found, however much comes', async () => {
    const { second, heard } = aRedis(async (again, { length }) => {
      await Promise.resolve()
      if (length < 50) again.tell(look(`${length}`))
    })
    second.tell(look('0'))
    await second.ask('page')
    expect(heard.slice(0, 2)).toEqual(['0', '1'])
    expect(heard.indexOf('asked')).toBeLessThan(4)
  })
})
