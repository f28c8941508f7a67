import { afterAll, beforeAll, expect, it } from 'vitest'
import { ItemAddedToCart } from '#contracts/events/cart.ts'
import { invariants } from './invariants.ts'
import { customer, idOf, openTestShop, staff, type TestShop } from './testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
  await shop.sell(...['Tea', 'Pot', 'Cup', 'Kite', 'String'].map((title) => ({ title })))
})
afterAll(() => shop.close())

const path = '/api/recommendations'
const models = async () =>
  (await shop.request('GET', `${path}/models`, { as: staff })).body.items as { version: number; state: string }[]
const states = async () => (await models()).map(({ version, state }) => [version, state])
const first = async (title: string) => (await shop.titles(`products/${idOf(title)}/also-bought?limit=2`))[0]
const post = (what: string, as = staff) => shop.request('POST', `${path}/${what}`, { as })

it('without a model the job waits until there is something to learn', async () => {
  await shop.runJob('train')
  expect(await states()).toEqual([])
  for (let n = 0; n < 10; n += 1) await shop.order(`buyer${n}`, ['Tea', 'Pot'])
  await shop.runJob('train')
  expect(await states()).toEqual([[1, 'active']])
  expect((await models())[0]).toMatchObject({ signals: 20, products: 2, figures: { users: 0 } })
  await shop.runJob('train')
  expect(await states()).toEqual([[1, 'active']])
})

it('history that was imported from another year is learnt from', async () => {
  const old = await openTestShop()
  await old.sell(...['Tea', 'Pot'].map((title) => ({ title })))
  const at = new Date('2011-06-01T00:00:00Z')
  for (let n = 0; n < 10; n += 1) await old.order(`buyer${n}`, ['Tea', 'Pot'], { at, imported: true })
  await old.order('today', ['Tea'])
  await old.train()
  await old.db.sql`delete from purchases`
  expect((await old.titles(`products/${idOf('Tea')}/also-bought?limit=1`))[0]).toBe('Pot')
  const { body } = await old.request('GET', `${path}/models`, { as: staff })
  expect(body.items).toMatchObject([{ state: 'active', signals: 21, products: 2 }])
  await old.close()
})

it('what people put into carts is learnt from, though nobody has bought it yet', async () => {
  const own = await openTestShop()
  await own.sell(...['Tea', 'Pot', 'Cup'].map((title) => ({ title })))
  for (let n = 0; n < 5; n += 1) await own.order(null, ['Pot'])
  for (const name of ['ann', 'bob', 'cem'])
    for (const title of ['Tea', 'Cup'])
      await own.deliver(
        ItemAddedToCart({
          cartId: idOf(`cart of ${name}`),
          channel: 'web',
          userId: idOf(name),
          sku: title,
          productId: idOf(title),
          quantity: 1,
        }),
      )
  await own.train()
  const { body } = await own.request('GET', `${path}/products/${idOf('Tea')}/also-bought?limit=2`)
  // without the carts nothing is known of the tea, and what sells comes first
  expect(body).toMatchObject({
    model: 1,
    items: [
      { title: 'Cup', reason: 'bought-together' },
      { title: 'Pot', reason: 'popular' },
    ],
  })
  await own.close()
})

it('an answer names its model, and knows orders that came after it', async () => {
  const answer = await shop.request('GET', `${path}/products/${idOf('Tea')}/also-bought`)
  expect(answer.body).toMatchObject({
    model: 1,
    strategy: 'collaborative',
    items: [{ title: 'Pot', reason: 'bought-together' }, {}, {}, {}],
  })
  await shop.order(null, ['Kite', 'String'])
  expect(await first('Kite')).toBe('String')
})

it('a newer model is used at once, and the one before can be gone back to, step by step', async () => {
  const own = await openTestShop()
  const ask = (what: string) => own.request('POST', `${path}/${what}`, { as: staff })
  const besideTea = async () => (await own.titles(`products/${idOf('Tea')}/also-bought?limit=1`))[0]
  await own.sell(...['Tea', 'Pot', 'Cup'].map((title) => ({ title })))
  for (let n = 0; n < 10; n += 1) await own.order(`buyer${n}`, ['Tea', 'Pot'])
  await own.train()
  expect(await besideTea()).toBe('Pot')
  for (let n = 0; n < 30; n += 1) await own.order(`cups${n}`, ['Tea', 'Cup'])
  await own.train()
  expect(await besideTea()).toBe('Cup')
  await own.db.sql`delete from purchases`
  expect((await ask('models/roll-back')).body).toEqual({ version: 1 })
  expect(await besideTea()).toBe('Pot')
  expect((await ask('models/roll-back')).body.code).toBe('recommendations/nothing-before')
  expect((await ask('models/2/activate')).status).toBe(200)
  expect(await besideTea()).toBe('Cup')
  await own.db.sql`insert into models (state, error) values ('failed', 'a test')`
  expect((await ask('models/3/activate')).body.code).toBe('recommendations/not-ready')
  expect((await ask('models/99/activate')).status).toBe(404)
  await own.close()
})

it('neighbours of old models are deleted, and those are not used any more', async () => {
  for (let round = 0; round < 3; round += 1) {
    for (let n = 0; n < 10; n += 1) await shop.order(`more${n}`, ['Tea', 'Pot'])
    await shop.train()
  }
  expect(await models()).toMatchObject([
    { state: 'active', emptied: false },
    { state: 'ready', emptied: false },
    { emptied: true },
    { emptied: true },
  ])
  expect((await post('models/1/activate')).body.code).toBe('recommendations/not-ready')
})

it('a model that an experiment names is kept until the experiment is stopped', async () => {
  const own = await openTestShop()
  const ask = (what: string, body?: object) => own.request('POST', `${path}/${what}`, { as: staff, body })
  const trainTwice = async () => {
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 10; n += 1) await own.order(`more${n}`, ['Tea', 'Pot'])
      await own.train()
    }
  }
  const emptied = async () =>
    (await own.db.sql<{ version: number }[]>`select m.version from models m where m.emptied order by 1`).map((m) => m.version)
  await own.sell(...['Tea', 'Pot'].map((title) => ({ title })))
  await trainTwice()
  const variants = [1, 2].map((model) => ({ key: `model-${model}`, weight: 1, strategy: 'collaborative', model }))
  const { id } = (await ask('experiments', { key: 'models', placement: 'feed', variants })).body
  await trainTwice()
  expect(await emptied()).toEqual([])
  expect((await ask(`experiments/${id}/start`)).status).toBe(204)
  await trainTwice()
  expect(await emptied()).toEqual([3, 4])
  await ask(`experiments/${id}/stop`)
  await trainTwice()
  expect(await emptied()).toEqual([1, 2, 3, 4, 5, 6])
  const late = await ask('experiments', {
    key: 'late',
    placement: 'feed',
    variants: [7, 8].map((model) => ({ key: `model-${model}`, weight: 1, strategy: 'collaborative', model })),
  })
  await own.db.sql`update models set emptied = true where version = 7`
  expect((await ask(`experiments/${late.body.id}/start`)).body).toMatchObject({
    code: 'recommendations/bad-variants',
    errors: [{ pointer: '/variants/0/model' }],
  })
  await own.close()
})

it('one model is trained at a time, and one that a crash left behind is given up', async () => {
  expect((await post('models')).status).toBe(202)
  expect((await post('models')).body.code).toBe('recommendations/already-training')
  await shop.db.sql`update models set state = 'training' where state = 'asked'`
  const { version } = (await models())[0]!
  const halfway = () => shop.db.sql`select 1 from neighbours where version = ${version}`
  await shop.db
    .sql`insert into neighbours (version, product_id, others, scores) values (${version}, ${idOf('Tea')}, ${[idOf('Pot')]}, ${[1]})`
  expect(await halfway()).toHaveLength(1)
  await shop.runJob('train')
  expect((await models())[0]).toMatchObject({ state: 'failed', error: 'the process ended' })
  expect(await halfway()).toHaveLength(0)
})

it('only staff who may train, activate and go back', async () => {
  for (const what of ['models', 'models/2/activate', 'models/roll-back'])
    expect((await post(what, customer('ann'))).status).toBe(403)
  expect((await shop.request('GET', `${path}/models`, { as: customer('ann') })).status).toBe(403)
})

it('an installed evaluation measures without changing anything', async () => {
  const before = await states()
  const found = await shop.call<{ discoveries: { users: number } }>('evaluate', { split: '2030-01-01', until: null })
  expect(found).toMatchObject({ discoveries: { users: 0 }, purchasesAfter: 0 })
  expect(await states()).toEqual(before)
})

it('every rule of the service holds', async () => {
  for (const { name, sql } of invariants) expect([name, await shop.db.sql.unsafe(sql)]).toEqual([name, []])
})
