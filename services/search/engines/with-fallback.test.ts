import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import { databaseErrors } from '#kit/db/pg-errors.ts'
import type { Found, Question, SearchEngine } from './engine.ts'
import { withFallback } from './with-fallback.ts'

const question = {} as Question

describe('a search engine that does not answer', () => {
  let answers: boolean
  let asked: number
  let error: Error
  let engine: ReturnType<typeof withFallback>
  beforeEach(() => {
    vi.useFakeTimers()
    answers = true
    asked = 0
    error = new Error('no answer')
    const engineOf = (name: string, find: () => Promise<Found>): SearchEngine => ({ name, find })
    const found = (total: number): Found => ({ hits: [], total, counts: [], exact: true })
    const first = engineOf('first', async () => {
      asked += 1
      if (!answers) throw error
      return found(1)
    })
    engine = withFallback(
      first,
      engineOf('second', async () => found(2)),
      silentLogger,
    )
  })
  afterEach(() => vi.useRealTimers())
  const totals = async (questions: number) => {
    const all: number[] = []
    for (let one = 0; one < questions; one += 1) all.push((await engine.find(question)).total)
    return all
  }

  it('is stood in for at each question, and asked no more after three in a row', async () => {
    answers = false
    expect(await totals(2)).toEqual([2, 2])
    expect(engine.state()).toEqual({ open: false, fallbacks: 2 })
    expect(await totals(4)).toEqual([2, 2, 2, 2])
    expect(asked).toBe(3)
    expect(engine.state()).toEqual({ open: true, fallbacks: 6 })
  })
  it('is asked on when one question in between was answered', async () => {
    for (const well of [false, false, true, false, false]) {
      answers = well
      await totals(1)
    }
    expect([asked, engine.state().open]).toEqual([5, false])
  })
  it('is left alone for five seconds, then asked once, and used again when it answers', async () => {
    answers = false
    await totals(3)
    answers = true
    vi.advanceTimersByTime(4_999)
    expect(await totals(2)).toEqual([2, 2])
    expect(asked).toBe(3)
    vi.advanceTimersByTime(1)
    expect(await totals(2)).toEqual([1, 1])
    expect([asked, engine.state().open]).toEqual([5, false])
  })
  it('is left alone for another five seconds when it still does not answer', async () => {
    answers = false
    await totals(3)
    vi.advanceTimersByTime(5_000)
    expect(await totals(3)).toEqual([2, 2, 2])
    expect([asked, engine.state().open]).toEqual([4, true])
    vi.advanceTimersByTime(5_000)
    answers = true
    expect(await totals(1)).toEqual([1])
  })
  it('S15: is not meant when the database stops a statement: that is the answer, nothing is asked again, and the engine is not left alone', async () => {
    answers = false
    error = databaseErrors.statementTimeout()
    for (let one = 0; one < 4; one += 1)
      await expect(engine.find(question)).rejects.toMatchObject({ code: 'database/statement-timeout' })
    expect([asked, engine.state()]).toEqual([4, { open: false, fallbacks: 0 }])
    answers = true
    expect(await totals(1)).toEqual([1])
  })
})
