import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import { startExperiment, stopExperiment } from './commands/change-experiment.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { variantOf } from './experiment.ts'
import { invariants } from './invariants.ts'
import { createShownLog } from './shown-log.ts'
import { customer, idOf, openTestShop, staff, type TestShop } from './testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell(...['Tea', 'Tea pot', 'Tea cup', 'Kite'].map((title) => ({ title })))
  for (let n = 0; n < 5; n += 1) await shop.order(null, ['Kite'])
  await shop.order(null, ['Tea', 'Tea pot'])
})
afterAll(() => shop.close())

const path = '/api/recommendations'
const variants = [
  { key: 'usual', weight: 1, strategy: 'collaborative' },
  { key: 'sellers', weight: 1, strategy: 'popular' },
]
const create = (body: object, as = staff) => shop.request('POST', `${path}/experiments`, { as, body })
const act = (id: string, what: string, as = staff) => shop.request('POST', `${path}/experiments/${id}/${what}`, { as })
const report = async (id: string) => (await shop.request('GET', `${path}/experiments/${id}/report`, { as: staff })).body
const look = (name: string) => shop.request('GET', `${path}/${customer(name).id}?limit=2`, { as: customer(name) })
const people = Array.from({ length: 40 }, (_, n) => `person ${n}`)
/** Statistics are stored about once a second. */
const inReport = async (id: string, subjects: number) =>
  await eventually(async () => {
    const found = await report(id)
    expect(found.variants.reduce((sum: number, one: { subjects: number }) => sum + one.subjects, 0)).toBe(subjects)
    return found
  })

let id: string

it('an experiment that cannot be told apart, or exists already, is refused', async () => {
  const body = { key: 'feed-by-sales', placement: 'feed', variants }
  expect((await create({ ...body, variants: [variants[0], variants[0]] })).body).toMatchObject({
    code: 'recommendations/bad-variants',
    errors: [{ pointer: '/variants/1' }],
  })
  expect((await create({ ...body, variants: [variants[0], { ...variants[0], key: 'b', model: 77 }] })).status).toBe(400)
  expect((await create({ ...body, variants: [variants[0]] })).status).toBe(400)
  const made = await create(body)
  expect(made.status).toBe(201)
  id = made.body.id
  expect((await create(body)).body.code).toBe('recommendations/experiment-exists')
})

it('a draft exposes nobody; of two at one place only one runs', async () => {
  expect((await look('early bird')).body.experiment).toBeNull()
  expect((await act(id, 'start')).status).toBe(204)
  expect((await act(id, 'start')).body.code).toBe('recommendations/not-draft')
  const second = await create({ key: 'second', placement: 'feed', variants })
  expect((await act(second.body.id, 'start')).body.code).toBe('recommendations/place-taken')
  expect((await act(second.body.id, 'stop')).body.code).toBe('recommendations/not-running')
  expect((await shop.request('DELETE', `${path}/experiments/${second.body.id}`, { as: staff })).status).toBe(204)
  expect((await shop.request('DELETE', `${path}/experiments/${id}`, { as: staff })).body.code).toBe('recommendations/not-draft')
})

it('of two that are started at one place at the same moment one is told that it is taken', async () => {
  const two = await Promise.all(
    ['left', 'right'].map(async (key) => (await create({ key, placement: 'goes-with', variants })).body.id as string),
  )
  const second = await shop.db.tx(async (tx) => {
    await startExperiment(tx, two[0]!)
    const started = act(two[1]!, 'start')
    await eventually(async () =>
      expect(
        await shop.db
          .sql`select 1 from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`,
      ).not.toEqual([]),
    )
    return { started }
  })
  expect((await second.started).body).toMatchObject({ code: 'recommendations/place-taken', status: 409 })
  await act(two[0]!, 'stop')
})

it('everybody keeps the variant they saw first, and is counted once however often they look', async () => {
  const seen = new Map<string, string>()
  await eventually(async () => expect((await look(people[0]!)).body.experiment).toMatchObject({ key: 'feed-by-sales' }))
  for (const person of [...people, ...people]) {
    const { body } = await look(person)
    const { variant } = body.experiment
    expect(body.strategy).toBe(variants.find(({ key }) => key === variant)!.strategy)
    expect(seen.get(person) ?? variant).toBe(variant)
    seen.set(person, variant)
  }
  expect(new Set(seen.values())).toEqual(new Set(['usual', 'sellers']))
  const { variants: counted, sampleRatioMismatch } = await inReport(id, people.length)
  for (const { key, subjects } of counted) expect(subjects).toBe([...seen.values()].filter((variant) => variant === key).length)
  expect(sampleRatioMismatch).toBe(false)
})

it('clicks and orders count once for each who was exposed, and the difference is judged', async () => {
  const click = (name: string) =>
    shop.request('POST', `${path}/clicks`, {
      as: customer(name),
      body: { placement: 'feed', strategy: 'collaborative', productId: idOf('Tea') },
    })
  for (const name of [people[0]!, people[0]!, people[1]!]) expect((await click(name)).status).toBe(204)
  await click('never exposed')
  await shop.order(people[0]!, ['Tea'])
  await shop.order(people[0]!, ['Tea'])
  await shop.order('never exposed', ['Tea'])
  const { variants: counted } = await report(id)
  const sum = (field: string) => counted.reduce((total: number, one: Record<string, number>) => total + one[field]!, 0)
  expect([sum('clicked'), sum('ordered'), sum('customers')]).toEqual([2, 1, people.length])
  expect(counted[0].clickThrough).toBeNull()
  expect(counted[1].clickThrough).toMatchObject({ significant: false, p: expect.any(Number) })
})

it('a list that is the same for everybody is kept for each variant, and exposes visitors who are known', async () => {
  const made = await create({ key: 'beside', placement: 'also-bought', variants })
  await act(made.body.id, 'start')
  const open = (visitor?: string) =>
    shop.request('GET', `${path}/products/${idOf('Tea')}/also-bought?limit=1`, {
      headers: visitor ? { 'x-visitor-id': visitor } : {},
    })
  const visitors = Array.from({ length: 12 }, (_, n) => `b3e1c9a0-1111-4111-8111-0000000000${String(n + 10)}`)
  await eventually(async () => expect((await open(visitors[0])).body.experiment).not.toBeNull())
  for (const visitor of visitors) {
    const { body } = await open(visitor)
    expect(body.items[0].title).toBe(body.experiment.variant === 'usual' ? 'Tea pot' : 'Kite')
  }
  expect((await open()).body.experiment).toBeNull()
  const { variants: counted } = await inReport(made.body.id, visitors.length)
  expect(counted.every(({ customers }: { customers: number }) => customers === 0)).toBe(true)
})

it('places are compared by how often they were shown, clicked and led to an order', async () => {
  const { body } = await shop.request('GET', `${path}/report`, { as: staff })
  const feed = body.placements.find(
    (row: { placement: string; strategy: string }) => row.placement === 'feed' && row.strategy === 'collaborative',
  )
  expect(feed).toMatchObject({ clicks: 4, orders: 2 })
  expect(feed.shown).toBeGreaterThan(people.length / 2)
})

it('lists that were shown are told with the moment they are counted, and how many came to take part; nobody is named', async () => {
  const own = await openTestShop()
  await own.sell({ title: 'Tea' }, { title: 'Tea pot' })
  const ask = (method: string, what: string, as = staff, body?: object) => own.request(method, `${path}/${what}`, { as, body })
  const { body: made } = await ask('POST', 'experiments', staff, { key: 'told', placement: 'feed', variants })
  await ask('POST', `experiments/${made.id}/start`)
  const seen = [customer('first'), customer('second')]
  for (const person of [...seen, ...seen]) await ask('GET', person.id, person)
  await own.request('GET', `${path}/trending`)
  const told = async () =>
    (await own.events('RecommendationsShown.v1')).map(({ data }) => data as Record<string, number & object>)
  const sum = (list: Record<string, number>[], field: string) => list.reduce((total, one) => total + one[field]!, 0)
  await eventually(async () => {
    const all = await told()
    const feed = all.filter(({ placement }) => (placement as unknown) === 'feed')
    expect([sum(feed, 'lists'), sum(feed, 'exposed')]).toEqual([4, 2])
    for (const { experiment } of feed) expect(experiment).toMatchObject({ experimentId: made.id, variant: expect.any(String) })
    expect(all.filter(({ placement }) => (placement as unknown) === 'trending')).toMatchObject([
      { experiment: null, lists: 1, exposed: 0 },
    ])
  })
  const words = JSON.stringify(await told())
  for (const { id: personId } of seen) expect(words).not.toContain(personId)
  await own.close()
})

it('a difference too large for chance is said to mean something, and so is a split that lost people on one side', async () => {
  const own = await openTestShop()
  await own.sell({ title: 'Tea' }, { title: 'Tea pot' })
  const ask = (method: string, what: string, as = staff, body?: object) => own.request(method, `${path}/${what}`, { as, body })
  const { body: made } = await ask('POST', 'experiments', staff, { key: 'clear', placement: 'feed', variants })
  await ask('POST', `experiments/${made.id}/start`)
  const sides = Map.groupBy(
    Array.from({ length: 200 }, (_, n) => `guest ${n}`),
    (name) => variantOf({ ...made, variants }, customer(name).id).key,
  )
  const [usual, sellers] = [sides.get('usual')!, sides.get('sellers')!]
  /** Statistics are stored about once a second. */
  const judged = async (subjects: [number, number]) =>
    await eventually(async () => {
      const { body } = await ask('GET', `experiments/${made.id}/report`)
      expect(body.variants.map((one: { subjects: number }) => one.subjects)).toEqual(subjects)
      return body
    })
  await eventually(async () =>
    expect((await ask('GET', customer(usual[0]!).id, customer(usual[0]!))).body.experiment).not.toBeNull(),
  )
  for (const name of [...usual.slice(0, 10), ...sellers.slice(0, 10)]) await ask('GET', customer(name).id, customer(name))
  const even = await judged([10, 10])
  expect(even).toMatchObject({
    sampleRatioP: 1,
    sampleRatioMismatch: false,
    variants: [{}, { clickThrough: null, conversion: null }],
  })

  const click = { placement: 'feed', strategy: 'popular', productId: idOf('Tea') }
  for (const name of sellers.slice(0, 10)) {
    await ask('POST', 'clicks', customer(name), click)
    await own.order(name, ['Tea'])
  }
  const { variants: counted, sampleRatioMismatch } = await judged([10, 10])
  const clear = { difference: 1, low: expect.closeTo(1), significant: true }
  expect(counted[1]).toMatchObject({ key: 'sellers', clicked: 10, ordered: 10, clickThrough: clear, conversion: clear })
  expect([counted[1].clickThrough.p < 0.0001, sampleRatioMismatch]).toEqual([true, false])

  for (const name of sellers.slice(10, 40)) await ask('GET', customer(name).id, customer(name))
  const uneven = await judged([10, 40])
  expect(uneven.sampleRatioMismatch).toBe(true)
  expect(uneven.sampleRatioP).toBeLessThan(0.001)
  await own.close()
})

it('staff who look at the list of a customer do not make them take part', async () => {
  const own = await openTestShop()
  await own.sell({ title: 'Tea' })
  const ask = (method: string, what: string, as = staff, body?: object) => own.request(method, `${path}/${what}`, { as, body })
  const made = await ask('POST', 'experiments', staff, { key: 'watched', placement: 'feed', variants })
  await ask('POST', `experiments/${made.body.id}/start`)
  const [watched, later] = [customer('watched'), customer('later')]
  const partOf = async ({ id }: { id: string }) => (await ask('GET', `${id}/history`)).body.experiments
  const seen = (await ask('GET', watched.id)).body.experiment
  expect(seen).toMatchObject({ key: 'watched' })
  await ask('GET', later.id, later)
  await eventually(async () => expect(await partOf(later)).toMatchObject([{ experiment: 'watched' }]))
  expect(await partOf(watched)).toEqual([])
  expect((await ask('GET', watched.id, watched)).body.experiment).toEqual(seen)
  await own.close()
})

it('stopped, everybody gets what is usual, and the report stays', async () => {
  expect((await act(id, 'stop')).status).toBe(204)
  await eventually(async () => expect((await look(people[0]!)).body.experiment).toBeNull())
  expect((await report(id)).experiment).toMatchObject({ state: 'stopped', placement: 'feed' })
  expect((await shop.request('GET', `${path}/experiments`, { as: staff })).body.items).toHaveLength(4)
})

it('a list of a category has nothing of another one, whatever is tried', async () => {
  await shop.sell({ title: 'Ball', categories: ['Toys'] })
  for (const strategy of ['popular', 'content', 'collaborative']) {
    const made = await create({
      key: `toys-${strategy}`,
      placement: 'trending',
      variants: [
        { key: 'one', weight: 1, strategy },
        { key: 'other', weight: 1, strategy },
      ],
    })
    expect((await act(made.body.id, 'start')).status).toBe(204)
    await shop.order(null, ['Ball'])
    const body = await eventually(async () => {
      const found = await shop.request('GET', `${path}/trending?category=${idOf('Toys')}`, { as: customer('tom') })
      expect(found.body).toMatchObject({ strategy, experiment: { key: `toys-${strategy}` } })
      return found.body
    })
    expect(body.items.map(({ title }: { title: string }) => title)).toEqual(['Ball'])
    await act(made.body.id, 'stop')
  }
})

it('who looks in the moment in which it is stopped takes part before that, or not at all', async () => {
  const made = await create({ key: 'over-soon', placement: 'goes-with', variants })
  expect((await act(made.body.id, 'start')).status).toBe(204)
  const outbox = createOutbox({ source: 'recommendations', wakeUp: { ring() {} } })
  const log = createShownLog({ db: shop.db, log: silentLogger, outbox })
  const subject = { id: customer('late').id, customer: true }
  const experiment = { id: made.body.id, key: 'over-soon', variant: 'usual' }
  let noted: Promise<void> | undefined
  await shop.db.tx(async (tx) => {
    await stopExperiment(tx, made.body.id)
    log.record({ placement: 'goes-with', strategy: 'collaborative', experiment, subject })
    noted = log.flush()
    const waiting = eventually(async () => {
      const [row] = await shop.db.sql<{ count: number }[]>`
        select count(*)::integer as count from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into exposures%'`
      expect(row!.count).toBe(1)
    })
    await Promise.race([noted, waiting])
  })
  await noted
  expect(await shop.db.sql`select 1 from exposures x where x.experiment_id = ${made.body.id}`).toEqual([])
})

it('only staff who may see and change experiments', async () => {
  const eve = customer('eve')
  expect((await create({ key: 'mine', placement: 'feed', variants }, eve)).status).toBe(403)
  for (const what of ['start', 'stop']) expect((await act(id, what, eve)).status).toBe(403)
  for (const what of ['experiments', `experiments/${id}/report`, 'report'])
    expect((await shop.request('GET', `${path}/${what}`, { as: eve })).status).toBe(403)
})

it('every rule of the service holds', async () => {
  for (const { name, sql } of invariants) expect([name, await shop.db.sql.unsafe(sql)]).toEqual([name, []])
})
