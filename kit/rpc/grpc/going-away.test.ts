import { afterEach, describe, expect, it } from 'vitest'
import { caller, closeAll, instance } from './shelf.fixture.ts'

afterEach(closeAll)

const CALLS = 200
const CALLERS = 20

describe('an instance that stops while it is called', () => {
  it('loses no call: those it has taken are finished, the others go to the instance beside it, and none is done twice', async () => {
    const slowly = async (call: number) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { call }
    }
    const [going, staying] = [await instance(slowly), await instance(slowly)]
    const shelf = caller([going.direct, staying.direct])
    const lost: string[] = []
    let stopped: Promise<void> | undefined
    let begun = 0
    const one = async (): Promise<void> => {
      while (begun < CALLS) {
        const call = begun
        begun += 1
        if (going.seen.length >= CALLS / 4) stopped ??= going.stop()
        await shelf.take(call).catch((error: Error) => lost.push(`${call}: ${error.message} ${String(error.cause)}`))
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, one))
    await stopped
    expect(lost).toEqual([])
    expect(staying.seen.length).toBeGreaterThan(0)
    expect([...going.seen, ...staying.seen].sort((a, b) => a - b)).toEqual(Array.from({ length: CALLS }, (_, call) => call))
  }, 60_000)
})
