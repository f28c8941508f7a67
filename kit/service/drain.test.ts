import { describe, expect, it } from 'vitest'
import { drain } from './drain.ts'

function queue(items: string[]) {
  return async (free: number) => items.splice(0, free)
}
const never = new AbortController().signal

describe('working off a queue', () => {
  it('works on everything, never on more than it may at once', async () => {
    const done: string[] = []
    let running = 0
    let most = 0
    const work = async (item: string) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      done.push(item)
    }
    await drain({ concurrency: 3, claim: queue([...'abcdefgh']), work, signal: never })
    expect(done.sort()).toEqual([...'abcdefgh'])
    expect(most).toBe(3)
  })

  it('takes what comes while something slow still runs', async () => {
    const items = ['slow']
    const slow = Promise.withResolvers<void>()
    const work = async (item: string) => {
      if (item === 'slow') {
        items.push('late')
        await slow.promise
      } else slow.resolve()
    }
    await drain({ concurrency: 2, claim: queue(items), work, signal: never })
    expect(items).toEqual([])
  })

  it('takes nothing new when it is to stop, and lets running work end', async () => {
    const stop = new AbortController()
    const items = ['first', 'second']
    let ended = false
    const work = async () => {
      stop.abort()
      await new Promise((resolve) => setImmediate(resolve))
      ended = true
    }
    await drain({ concurrency: 1, claim: queue(items), work, signal: stop.signal })
    expect(ended).toBe(true)
    expect(items).toEqual(['second'])
  })

  it('tells of a failure after the others have ended', async () => {
    let others = 0
    const work = async (item: string) => {
      if (item === 'bad') throw new Error('no database')
      await new Promise((resolve) => setImmediate(resolve))
      others += 1
    }
    await expect(drain({ concurrency: 3, claim: queue(['bad', 'b', 'c']), work, signal: never })).rejects.toThrow('no database')
    expect(others).toBe(2)
  })
})
