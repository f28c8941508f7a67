import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, expectStatus } from '../../e2e/client.ts'
import { openShop, type Shop } from '../../e2e/shop.ts'
import { sell } from '../../e2e/stock-the-shop.ts'
import { type Operation, operationsOf } from '../fuzz/operations.ts'
import { makers } from '../objects.ts'
import { administrator, newCustomer, newStaff } from '../people.ts'
import { foreignCases, type ForeignCase } from './foreign-ids.ts'
import { namingFields } from './naming-fields.ts'

/** Fields that name nothing that is anybody's own, by their last name, and why. */
const EVERYBODYS: Readonly<Record<string, string>> = {
  brandId: 'the catalogue is everybody’s',
  categoryIds: 'the catalogue is everybody’s',
  relatedIds: 'the catalogue is everybody’s; who reads it sees what is on sale',
  category: 'the catalogue is everybody’s',
  parentId: 'the catalogue is everybody’s',
  seller: 'a filter of what is on sale',
  shippingOptionId: 'options are the channel’s; one that is not offered is refused (tampering)',
  optionId: 'options are the channel’s',
  couponCodes: 'who knows a code may use it within its limits (races)',
  code: 'who knows a code may use it within its limits (races)',
  giftCardCodes: 'a gift card is its code',
}
/** One field, where its name alone does not say it. */
const TELLS_NOTHING: Readonly<Record<string, string>> = {
  'POST /api/search/clicks /productId': 'noted or not, whatever is named: the answer is the same',
  'POST /api/recommendations/views /productId': 'noted or not, whatever is named: the answer is the same',
  'POST /api/recommendations/clicks /productId': 'noted or not, whatever is named: the answer is the same',
  'GET /api/reviews ?productId': 'reviews that are shown are everybody’s',
  'GET /api/reviews/of-my-products ?reviewId':
    'shown ones only; none of another stall is found: services/reviews/readers.int.test.ts',
  'POST /api/products/many /ids/0': 'whoever may ask writes every product',
  'POST /api/products/many /change/add/0': 'the catalogue is everybody’s',
  'POST /api/products/many /change/remove/0': 'the catalogue is everybody’s',
  'POST /api/reviews /productId': 'products are everybody’s; who may write of one is tried in services/reviews',
}
/** Members of staff with the right of these routes may name anybody’s; two names that have to fit together have a case of their own. */
const STAFF = new Set([
  'orderId', 'shipmentId', 'refundId', 'userId', 'customerId', 'createdBy', 'eventId', 'paymentMethodId', 'productId', 'subjectId', 'authorId',
]) // biome-ignore format: one list
const NOWHERE = '01890000-0000-7000-8000-00000000dead'

let shop: Shop
let operations: Operation[]
let staffOnly: Set<string>
let cases: ForeignCase[]

beforeAll(async () => {
  shop = await openShop({ DELIVERY_SIMULATED_DISPATCH_MS: '1500', DELIVERY_SIMULATED_DELIVER_MS: '50' })
  const admin = await administrator(shop)
  const [ann, bob] = [await newCustomer(shop, 'ann'), await newCustomer(shop, 'bob')]
  const [stallOfAnn, stallOfBob, newStall, seller] = [
    await newStaff(shop, admin, 'SELLER'),
    await newStaff(shop, admin, 'SELLER'),
    await newStaff(shop, admin, 'SELLER'),
    await newStaff(shop, admin, 'SELLER'),
  ]
  const { sku } = await sell(admin.client, 'foreign-mug', { units: 10_000 })
  cases = foreignCases({
    admin,
    ann,
    bob,
    stallOfAnn,
    stallOfBob,
    newStall,
    sku,
    anns: makers(shop, { admin, customer: ann, seller, sku: 'anns-mug' }),
    bobs: makers(shop, { admin, customer: bob, seller, sku: 'bobs-mug' }),
  })
  const document = expectStatus(await admin.client.get('/v3/api-docs'), 200).body
  operations = operationsOf(document)
  staffOnly = new Set(
    operations
      .filter(({ path, method }) => document.paths[path][method.toLowerCase()]['x-access'] === 'permission')
      .map(({ label }) => label),
  )
}, 90_000)
afterAll(async () => await shop?.remove())

const bare = ({ status, text }: Answer): string =>
  `${status} ${text}`
    .replace(/"(traceId|instance)":"[^"]*"/g, '')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|ORD-\w{10}/gi, '<id>')
const is4xx = ({ status }: Answer) => status >= 400 && status < 500

describe('S2: a request that names something', () => {
  it('is tried with the id of somebody else in every field of the documentation that can hold one', () => {
    const tried = new Set(cases.map(({ field }) => field))
    const leaf = (place: string) => place.split(/[/?]/).findLast((part) => part !== '0' && part !== '') as string
    const fields = namingFields(operations)
    const untried = fields.filter(
      ({ label, place }) =>
        !tried.has(`${label} ${place}`) &&
        !(`${label} ${place}` in TELLS_NOTHING) &&
        !(leaf(place) in EVERYBODYS) &&
        !(staffOnly.has(label) && STAFF.has(leaf(place))),
    )
    expect(
      untried.map(({ label, place }) => `${label} ${place}`),
      'add them to foreign-ids.ts',
    ).toEqual([])
    const there = new Set(fields.map(({ label, place }) => `${label} ${place}`))
    expect(
      [...tried].filter((field) => !there.has(field)),
      'they are no fields any more',
    ).toEqual([])
  })

  it('gets nothing of somebody else’s, and learns no more than of something that is not there', async ({ task }) => {
    const wrong: string[] = []
    const tryOne = async ({ field, own, foreign, ask, visible, refused = is4xx }: ForeignCase): Promise<void> => {
      const theirs = await ask(await foreign())
      const missing = await ask(NOWHERE)
      const mine = await ask(await own())
      if (!refused(theirs)) wrong.push(`${field}: somebody else’s is accepted: ${theirs.status} ${theirs.text.slice(0, 200)}`)
      // what differs once may be a process that took longer: what can be told apart differs again
      else if (!visible && bare(theirs) !== bare(missing) && bare(await ask(await foreign())) !== bare(await ask(NOWHERE)))
        wrong.push(
          `${field}: somebody else’s can be told from none: ${bare(theirs).slice(0, 200)} / ${bare(missing).slice(0, 200)}`,
        )
      // or nothing was shown: the request would have failed with any id
      if (mine.status >= 300 || refused(mine))
        wrong.push(`${field}: one’s own is refused: ${mine.status} ${mine.text.slice(0, 300)}`)
    }
    const queue = [...cases]
    const lane = async (): Promise<void> => {
      for (let one = queue.shift(); one; one = queue.shift()) {
        const { field } = one
        await tryOne(one).catch((error: unknown) =>
          wrong.push(`${field}: ${error instanceof Error ? error.message : String(error)}`),
        )
      }
    }
    await Promise.all([lane(), lane(), lane()])
    expect(wrong).toEqual([])
    Object.assign(task.meta, { figures: { fields: namingFields(operations).length, 'with foreign ids': cases.length } })
  }, 60_000)
})
