import { beforeEach, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import { LEASE_SECONDS, type ProcessStore } from './store.ts'

export interface StoreUnderTest {
  readonly store: ProcessStore
  readonly tx: Query
  /** Makes the store's clock go on. */
  pass(seconds: number): Promise<void>
}

const NAME = 'flow'
const atWork = { status: 'running', pending: [], steps: [], attempts: 0, heard: 0, dueInSeconds: 5, hold: true } as const

/** What a runner relies on: `processStoreContract('PostgreSQL', () => …)`, and the same for a model of it. */
export function processStoreContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`flows in ${name}`, () => {
    let under: StoreUnderTest
    let id: string
    const state = { type: 'first' }
    const row = () => ({ name: NAME, id, state, pending: [{ type: 'Do' }], trace: {} })
    const save = (version: bigint, more: object = {}) => under.store.save({ name: NAME, id, version, state, ...atWork, ...more })
    const waiting = async (dueInSeconds = 60) => {
      await under.store.insert(under.tx, row(), 0)
      await under.pass(1)
      const taken = (await under.store.claim(NAME, id))!
      return (await save(taken.version, { status: 'waiting', dueInSeconds, hold: false }))!.version
    }
    beforeEach(async () => {
      under = await make()
      id = uuidv7()
    })

    it('begin once', async () => {
      expect(await under.store.insert(under.tx, row())).toBe(true)
      expect(await under.store.insert(under.tx, { ...row(), state: { type: 'other' } })).toBe(false)
      expect(await under.store.stateOf(NAME, id)).toEqual(state)
      expect(await under.store.stateOf(NAME, uuidv7())).toBeUndefined()
    })

    it('belong to whoever began them until the lease is over', async () => {
      await under.store.insert(under.tx, row())
      expect(await under.store.claim(NAME, id)).toBeUndefined()
      expect(await under.store.claimDue([NAME], 10)).toEqual([])
      await under.pass(LEASE_SECONDS + 1)
      expect((await under.store.claimDue([NAME], 10)).map((taken) => taken.id)).toEqual([id])
      expect(await under.store.claimDue([NAME], 10)).toEqual([])
    })

    it('are saved by nobody who lost them', async () => {
      await under.store.insert(under.tx, row(), 0)
      await under.pass(1)
      const taken = (await under.store.claim(NAME, id))!
      expect(taken).toMatchObject({ status: 'running', state, pending: [{ type: 'Do' }], mailbox: [], attempts: 0 })
      expect(await save(taken.version - 1n)).toBeUndefined()
      expect((await save(taken.version, { state: { type: 'second' } }))!.version).toBeGreaterThan(taken.version)
      expect(await save(taken.version)).toBeUndefined()
      expect(await under.store.stateOf(NAME, id)).toEqual({ type: 'second' })
    })

    it('that wait are left alone until mail comes or the deadline passes', async () => {
      await waiting()
      await under.pass(1)
      expect(await under.store.claim(NAME, id)).toBeUndefined()
      await under.pass(60)
      expect(await under.store.claim(NAME, id)).toMatchObject({ status: 'waiting', mailbox: [] })
    })

    it('get their mail in order, and once', async () => {
      await waiting()
      expect(await under.store.post(under.tx, NAME, id, { type: 'a' })).toBe(true)
      await under.store.postAll(under.tx, NAME, [
        { processId: id, happening: { type: 'b' } },
        { processId: id, happening: { type: 'c' } },
        { processId: uuidv7(), happening: { type: 'd' } },
      ])
      await under.pass(1)
      const taken = (await under.store.claim(NAME, id))!
      expect(taken.mailbox.map(({ type }) => type)).toEqual(['a', 'b', 'c'])
      const saved = (await save(taken.version, { heard: 2 }))!
      expect(saved.mailbox.map(({ type }) => type)).toEqual(['c'])
      expect((await save(saved.version, { heard: 1 }))!.mailbox).toEqual([])
    })

    it('keep their mail until a checkpoint that has heard of it, whoever crashes', async () => {
      const version = await waiting()
      await under.store.post(under.tx, NAME, id, { type: 'a' })
      const saved = (await save(version, { status: 'waiting', hold: 'with-mail', dueInSeconds: 1000 }))!
      expect(saved.mailbox).toHaveLength(1)
      expect(await under.store.claimDue([NAME], 10)).toEqual([])
      await under.pass(LEASE_SECONDS + 1)
      expect(await under.store.claimDue([NAME], 10)).toMatchObject([{ id, mailbox: [{ type: 'a' }] }])
    })

    it('are let go when they want to wait and there is no mail', async () => {
      const version = await waiting()
      await save(version, { status: 'waiting', hold: 'with-mail', dueInSeconds: 0 })
      await under.pass(1)
      expect(await under.store.claimDue([NAME], 10)).toMatchObject([{ id }])
    })

    it('that do not wait get no mail, unless it is meant for them at work too', async () => {
      await under.store.insert(under.tx, row())
      expect(await under.store.post(under.tx, NAME, id, { type: 'a' })).toBe(false)
      expect(await under.store.post(under.tx, NAME, id, { type: 'a' }, true)).toBe(true)
    })

    it('end by the version they were answered with, and are never due again', async () => {
      const version = await waiting()
      const end = { name: NAME, id, state: { type: 'end' }, steps: [] }
      await under.store.finish([{ ...end, version: version - 1n }])
      expect(await under.store.stateOf(NAME, id)).toEqual(state)
      await under.store.finish([{ ...end, version }])
      expect(await under.store.stateOf(NAME, id)).toEqual({ type: 'end' })
      await under.pass(1_000_000)
      expect(await under.store.claim(NAME, id)).toBeUndefined()
      expect(await under.store.claimDue([NAME], 10)).toEqual([])
      expect(await under.store.post(under.tx, NAME, id, { type: 'a' }, true)).toBe(false)
    })

    it('that are stuck wait for a person', async () => {
      await under.store.insert(under.tx, row(), 0)
      await under.pass(1)
      const taken = (await under.store.claim(NAME, id))!
      await save(taken.version, { status: 'stuck', hold: false })
      await under.pass(1_000_000)
      expect(await under.store.claim(NAME, id)).toBeUndefined()
      expect(await under.store.claimDue([NAME], 10)).toEqual([])
    })
  })
}
