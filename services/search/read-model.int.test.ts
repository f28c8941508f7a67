import { afterAll, beforeAll, expect, it } from 'vitest'
import { InventoryUpdated } from '#contracts/events/inventory.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { openTestShop, shopper, staff, type TestShop } from './testing/catalogue.ts'

let shop: TestShop
const limits = Array.from({ length: 40 }, (_, n) => n + 1).values()
beforeAll(async () => {
  shop = await openTestShop()
  await shop.runJob('rebuild')
  await shop.sell(
    { title: 'Oak table', categories: ['Home'] },
    { title: 'Oak chair', categories: ['Home'] },
    { title: 'Steel lamp' },
  )
})
afterAll(() => shop.close())

it('a product that left the catalogue is found no more', async () => {
  await shop.sell({ title: 'Paper kite' })
  expect(await shop.find('q=kite')).toEqual(['Paper kite'])
  await shop.withdraw('Paper kite')
  expect(await shop.find('q=kite')).toEqual([])
})

it('a kept answer shows a new price although no event has told it yet', async () => {
  expect((await shop.ask('/api/search?q=lamp')).items[0].price.amount).toBe(1995)
  shop.change({ title: 'Steel lamp', price: 995 })
  await shop.deliver(InventoryUpdated({ sku: 'nobodys', onHand: 1, reserved: 0, available: 1 }))
  expect((await shop.ask('/api/search?q=lamp')).items[0].price.amount).toBe(995)
  await shop.sell({ title: 'Steel lamp', price: 995 })
})

it('a shelf that empties is seen at once, and again when it fills', async () => {
  const level = (available: number) => InventoryUpdated({ sku: 'SKU-oak-chair', onHand: available, reserved: 0, available })
  await shop.deliver(level(0))
  expect(await shop.find('q=chair&inStock=true')).toEqual([])
  await shop.deliver(level(3))
  expect(await shop.find('q=chair&inStock=true')).toEqual(['Oak chair'])
})

it('a change that is overtaken by a later one does not bring the old state back', async () => {
  let late: Promise<void> | undefined
  let finished = false
  shop.onEntries = async () => {
    shop.onEntries = async () => undefined
    // The first event has been answered with the old state. Before it is written, the product changes again.
    late = shop.sell({ title: 'Oak table', categories: ['New'] }).then(() => {
      finished = true
    })
    await eventually(async () => {
      const waiting = await shop.database.admin`select 1 from pg_locks where locktype = 'advisory' and not granted`
      if (!finished && waiting.length === 0) throw new Error('the later change is still on its way')
    })
  }
  await shop.sell({ title: 'Oak table', categories: ['Old'] })
  await late
  expect(await shop.find('category=new')).toEqual(['Oak table'])
  expect(await shop.find('category=old')).toEqual([])
})

it('made anew while the catalogue changes it says the same, and readers see no gap', async () => {
  const before = await shop.request('POST', '/api/search/rebuild', { as: staff })
  expect(before).toMatchObject({ status: 202, body: { state: 'running', engine: { fallback: null }, progress: { made: 0 } } })
  expect(before.body.progress.of).toBeGreaterThan(0)
  const others = (async () => {
    for (let round = 0; round < 15; round += 1) {
      await shop.sell({ title: `Wool blanket ${round % 5}`, price: 1000 + round })
      expect(await shop.find('q=oak')).toEqual(expect.arrayContaining(['Oak table', 'Oak chair']))
    }
  })()
  await shop.runJob('rebuild')
  await others
  expect((await shop.request('GET', '/api/search/rebuild', { as: staff })).body).toMatchObject({ state: 'done', progress: null })
  expect(await shop.find('q=blanket')).toHaveLength(5)
  // In between one side may know a product whose event is still on its way to the other. Now that nothing is on its way, what came out
  // of both together has to be what a rebuild makes of the catalogue.
  expect((await shop.request('POST', '/api/search/rebuild', { as: staff })).status).toBe(202)
  await shop.runJob('rebuild')
  const { body } = await shop.request('GET', '/api/search/rebuild', { as: staff })
  expect(body).toMatchObject({ state: 'done', hashAfter: body.hashBefore })
})

/** When and how it ends: `after` so many products that were looked up. A page has 500. */
const ENDS: Record<string, { after: number; end: (stop: AbortController) => Promise<unknown> }> = {
  'is told to stop': { after: 0, end: async (stop) => stop.abort() },
  // what the database sees of a process that is killed: its sessions are gone in the middle of their transactions
  'is killed': {
    after: 500,
    end: async () =>
      await shop.database.admin`
      select pg_terminate_backend(a.pid) from pg_stat_activity a
       where a.datname = current_database() and a.backend_type = 'client backend' and a.xact_start is not null and a.pid <> pg_backend_pid()`,
  },
}

it.each(Object.keys(ENDS))(
  'a process that %s in the middle of making it anew leaves readers what they had, and another one goes on',
  async (how) => {
    const { after, end } = ENDS[how]!
    const many = Array.from({ length: 700 }, (_, n) => ({ title: `Felt slipper ${n}` }))
    shop.change(...many)
    const rebuild = async () => {
      expect((await shop.request('POST', '/api/search/rebuild', { as: staff })).status).toBe(202)
      return shop.running.jobs.find(({ name }) => name === 'rebuild')!
    }
    const state = async () => (await shop.request('GET', '/api/search/rebuild', { as: staff })).body
    // a question nobody has asked yet, so that no kept answer hides what readers get
    const slippers = async () => (await shop.ask(`/api/search?q=slipper&limit=${limits.next().value}`)).total
    await (await rebuild()).run(new AbortController().signal)
    const before = await slippers()
    expect(before).toBeGreaterThan(500)

    const job = await rebuild()
    const stop = new AbortController()
    let asked = 0
    shop.onEntries = async (ids) => {
      asked += ids.length
      if (asked <= after) return
      shop.onEntries = async () => undefined
      await end(stop)
    }
    const [ended] = await Promise.allSettled([job.run(stop.signal)])
    expect(ended.status).toBe(stop.signal.aborted ? 'fulfilled' : 'rejected')
    await shop.runJob('fold-words')
    const halfway = await state()
    expect(halfway).toMatchObject({ state: 'running', finishedAt: null, hashAfter: null })
    expect([halfway.progress.made > 0, halfway.progress.made < halfway.progress.of]).toEqual([true, true])

    // nobody reads the half of it, and changes reach both sides
    expect(await slippers()).toBe(before)
    await shop.sell({ title: 'Felt slipper 3', brand: 'Warm' }, { title: `Straw hat, it ${how}` })
    expect(await shop.find('brand=warm')).toEqual(['Felt slipper 3'])
    expect(await shop.find('q=straw hat')).toContain(`Straw hat, it ${how}`)
    await shop.withdraw('Felt slipper 4', 'Felt slipper 699')

    for (let round = 0; round < 2; round += 1) {
      await job.run(new AbortController().signal)
      const { hashBefore, hashAfter, ...done } = await state()
      expect(done).toMatchObject({ state: 'done', progress: null })
      expect([hashAfter, await slippers()]).toEqual([hashBefore, before - 2])
      if (round === 0) await rebuild()
    }
  },
)

it('a document that an event never reached is found after a rebuild, and the difference is told', async () => {
  shop.change({ title: 'Cork board' })
  expect(await shop.find('q=cork')).toEqual([])
  await shop.request('POST', '/api/search/rebuild', { as: staff })
  await shop.runJob('rebuild')
  expect(await shop.find('q=cork')).toEqual(['Cork board'])
  const { body } = await shop.request('GET', '/api/search/rebuild', { as: staff })
  expect(body.hashAfter).not.toBe(body.hashBefore)
})

it('only staff who may write searches may ask for a rebuild', async () => {
  expect((await shop.request('POST', '/api/search/rebuild')).status).toBe(401)
  expect((await shop.request('POST', '/api/search/rebuild', { as: shopper })).status).toBe(403)
})
