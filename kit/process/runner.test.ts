import Type from 'typebox'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import type { AnyProcess, Typed } from './process.ts'
import { createProcessRunner } from './runner.ts'
import type { ProcessRow, ProcessStore } from './store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** One flow of one step, which answers or does not. */
function runnerOf(answer: () => Promise<Typed>) {
  const definition = {
    contract: { name: 'flow', input: Type.Object({}), result: Type.Object({}) },
    start: () => [{ type: 'open' }, [{ type: 'Do' }]],
    react: () => [{ type: 'over' }, []],
    result: () => undefined,
    done: (state: Typed) => state.type === 'over',
    durable: () => false,
    deadlineSeconds: () => 30,
    needs: {},
    listens: [],
    perform: () => ({ Do: answer }),
  } as unknown as AnyProcess
  const row: ProcessRow = {
    name: 'flow', id: '019b0000-0000-7000-8000-000000000001', status: 'running', state: { type: 'open' }, pending: [{ type: 'Do' }],
    mailbox: [], steps: [], attempts: 0, version: 1n, trace: {},
  } // biome-ignore format: one row
  const finish = vi.fn(() => Promise.resolve())
  const store = { claimDue: () => Promise.resolve([row]), finish } as unknown as ProcessStore
  const runner = createProcessRunner({
    home: 'home',
    store,
    log: silentLogger,
    definitions: [definition],
    rpc: () => ({}) as never,
  })
  return { runner, finish }
}

test('a flow whose time has come is brought to its end', async () => {
  const { runner, finish } = runnerOf(() => Promise.resolve({ type: 'done' }))
  expect(await runner.recoverOnce()).toBe(1)
  await runner.flush()
  expect(finish).toHaveBeenCalledOnce()
})

test('a step that never answers does not keep the other flows from being recovered: after its lease it is left alone', async () => {
  const { runner } = runnerOf(() => new Promise(() => {}))
  const ended = vi.fn()
  void runner.recoverOnce().then(ended)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1_500)
  expect(ended).toHaveBeenCalledWith(1)
})

test('what is decided is told although a later step has to be tried again', async () => {
  const save = vi.fn(() => Promise.resolve({ version: 1n, mailbox: [] }))
  const contract = { name: 'flow', input: Type.Object({}), result: Type.Object({}) } as never
  const definition = {
    contract,
    start: () => [{ type: 'refused' }, [{ type: 'TidyUp' }]],
    react: () => [{ type: 'over' }, []],
    result: ({ type }: Typed) => (type === 'refused' ? { outcome: 'refused' } : undefined),
    done: (state: Typed) => state.type === 'over',
    durable: () => true,
    deadlineSeconds: () => 30,
    needs: {},
    listens: [],
    perform: () => ({ TidyUp: () => Promise.reject(new Error('the database is busy')) }),
  } as unknown as AnyProcess
  const store = { insert: () => Promise.resolve(true), save } as unknown as ProcessStore
  const runner = createProcessRunner({
    home: 'home',
    store,
    log: silentLogger,
    definitions: [definition],
    rpc: () => ({}) as never,
  })
  await runner.start(undefined as never, contract, 'a flow', {})
  expect(await runner.advance(contract, 'a flow')).toEqual({ outcome: 'refused' })
  expect(save).toHaveBeenCalledTimes(2)
})
