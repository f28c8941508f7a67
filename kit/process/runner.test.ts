import Type from 'typebox'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#kit/service/logger.ts'
import type { AnyProcess, Typed } from './process.ts'
import { createProcessRunner } from './runner.ts'
import type { ProcessRow, ProcessStore, Save } from './store.ts'
import { createMemoryProcesses, memoryProcessStore } from './testing/memory-store.ts'

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

/** A parcel is announced, gets a label and arrives; nobody can be asked about the arrival later. */
function parcels() {
  let clock = 0
  const memory = createMemoryProcesses(() => clock)
  const contract = { name: 'parcel', input: Type.Object({}), result: Type.Object({}) } as never
  const hooks: { label: () => Promise<void>; beforeSave: (save: Save) => void; afterSave: (save: Save) => void } = {
    label: () => Promise.resolve(),
    beforeSave: () => undefined,
    afterSave: () => undefined,
  }
  const definition = {
    contract,
    start: () => [{ type: 'labelling', here: false }, [{ type: 'Label' }]],
    react: (state: Typed & { here?: boolean }, { type }: Typed) => {
      const here = state.here || type === 'arrived'
      if (state.type === 'waiting' || type === 'labelled') return [{ type: here ? 'over' : 'waiting', here }, []]
      return [{ ...state, here }, []]
    },
    result: () => undefined,
    done: ({ type }: Typed) => type === 'over',
    durable: () => false,
    deadlineSeconds: () => 86_400,
    needs: {},
    listens: [],
    perform: () => ({ Label: () => hooks.label().then(() => ({ type: 'labelled' })) }),
  } as unknown as AnyProcess
  const store: ProcessStore = {
    ...memoryProcessStore(memory),
    async save(save) {
      hooks.beforeSave(save)
      const saved = memory.save(save)
      hooks.afterSave(save)
      return saved
    },
  }
  const options = { home: 'home', store, log: silentLogger, definitions: [definition], rpc: () => ({}) as never }
  return {
    hooks,
    arrive: () => memory.post('parcel', 'one', { type: 'arrived' }, true),
    status: () => memory.flows.get('parcel/one')?.status,
    async begin() {
      const runner = createProcessRunner(options)
      await runner.start(undefined as never, contract, 'one', {})
      await runner.advance(contract, 'one').catch(() => undefined)
      await runner.flush()
    },
    /** Another process takes up what is due, a little later. */
    async later(seconds = 61) {
      clock += seconds * 1000
      const runner = createProcessRunner(options)
      await runner.recoverOnce()
      await runner.flush()
    },
  }
}

test('what a flow is told while one of its steps fails is not forgotten', async () => {
  const { hooks, arrive, begin, later, status } = parcels()
  hooks.label = () => {
    arrive()
    return Promise.reject(new Error('no printer'))
  }
  await begin()
  hooks.label = () => Promise.resolve()
  await later()
  expect(status()).toBe('done')
})

test('what a flow is told as it lies down to wait is heard at once', async () => {
  const { hooks, arrive, begin, status } = parcels()
  hooks.beforeSave = ({ status: next }) => void (next === 'waiting' && arrive())
  await begin()
  expect(status()).toBe('done')
})

test('what a flow is told as it lies down to wait outlives a crash right then', async () => {
  const { hooks, arrive, begin, later, status } = parcels()
  let crashed = false
  hooks.beforeSave = ({ status: next }) => {
    if (crashed) throw new Error('this process is dead')
    if (next === 'waiting') arrive()
  }
  hooks.afterSave = () => {
    crashed = true
    throw new Error('this process is dead')
  }
  await begin()
  hooks.beforeSave = () => undefined
  hooks.afterSave = () => undefined
  await later()
  expect(status()).toBe('done')
})
