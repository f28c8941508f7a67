import { describe, expect, it } from 'vitest'
import { roundsOf } from './rounds.ts'

const of = async (...args: Parameters<typeof roundsOf>) => {
  const rounds = await roundsOf(...args)
  return { events: rounds.map(({ events }) => events), files: rounds.flatMap(({ files }) => files), rounds }
}

describe('the files of a run', () => {
  it('are on a split shop all but those with processes of their own, half of them by relay and half by CDC, each once', async () => {
    const { events, files, rounds } = await of('apart', 'both', [])
    expect(events).toEqual(['relay', 'cdc'])
    expect(rounds.map(({ shared }) => shared)).toEqual(['calm', 'quick'])
    expect(new Set(files).size).toBe(files.length)
    expect(files).toContain('tests/e2e/checkout.e2e.test.ts')
    expect(files).toContain('tests/e2e/flows.e2e.test.ts')
    expect(files).not.toContain('tests/e2e/registry.e2e.test.ts')
    expect((await of('mixed', 'both', [])).files).toEqual(files)
  })

  it('are together all, with one strategy in one go and with both in two', async () => {
    const [one, both] = [await of('together', 'cdc', []), await of('together', 'both', [])]
    expect(one.events).toEqual(['cdc'])
    expect(one.files).toContain('tests/chaos/recovery.e2e.test.ts')
    expect(both.events).toEqual(['relay', 'cdc'])
    expect(both.files.toSorted()).toEqual(one.files.toSorted())
  })

  it('are only those that are named, and none where no name fits', async () => {
    expect(await of('apart', 'cdc', ['checkout', 'desk'])).toMatchObject({
      events: ['cdc'],
      files: ['tests/e2e/checkout.e2e.test.ts', 'tests/e2e/desk.e2e.test.ts'],
    })
    expect((await of('apart', 'relay', ['registry'])).rounds).toEqual([])
  })
})
