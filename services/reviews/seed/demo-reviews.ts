import { createHash, createHmac } from 'node:crypto'
import { servicePrincipal } from '#kit/core/principal.ts'
import { decide } from '../commands/decide.ts'
import { report, vote } from '../commands/judge-others.ts'
import { reply } from '../commands/reply.ts'
import { writeReview } from '../commands/write-review.ts'
import type { Deps } from '../deps.ts'
import { arrived, bought } from '../reactions/follow-orders.ts'
import { type DemoReview, reported, type Shopper, shoppers, shown, waiting } from './reviews.ts'

const PAGE = 500
const CHANNEL = 'web'
const staff = servicePrincipal('reviews')

/**
 * Gives the demo products their reviews, through the commands that everybody uses: shoppers buy, write and vote, staff approve and answer. A shop
 * without the demo products gets none; a review that is there stays as it is, so an interrupted run goes on where it stopped.
 */
export async function seedReviews(deps: Deps): Promise<void> {
  const productOf = await demoProducts(deps)
  const all = [...shown, ...waiting]
  if (!all.every(({ sku }) => productOf(sku) !== undefined)) return
  const people = await register(deps)
  // Whoever writes a first review waits; so what is to be shown comes first, and is approved at once.
  for (const review of shown) await write(deps, people, review, productOf(review.sku)!, true)
  for (const review of waiting) await write(deps, people, review, productOf(review.sku)!, false)
  const [target] = await deps.db.sql<{ id: string }[]>`
    select r.id from reviews r where r.product_id = ${productOf(reported.sku)!} and r.author_id = ${people[reported.by]}`
  if (target)
    await deps.db.tx((tx) => report(deps, tx, people[reported.from], target.id, { reason: 'other', comment: reported.comment }))
  deps.kit.outbox.wake()
}

/** Product of a SKU's beginning. */
async function demoProducts({ products }: Deps): Promise<(sku: string) => string | undefined> {
  const known = new Map<string, string>()
  for (let after: string | undefined; ; ) {
    const { rows, next } = await products.exportVariants({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const { sku, productId } of rows) known.set(sku.split('-').slice(0, 2).join('-'), productId)
    if (next === null) return (sku) => known.get(sku)
    after = next
  }
}

async function register({ users, kit }: Deps): Promise<Record<Shopper, string>> {
  const people: Partial<Record<Shopper, string>> = {}
  // The same again has to be the same account, and nobody outside of this installation may know how to sign in as one of them.
  const key = kit.secret('reviews/demo-shoppers')
  const passwordOf = (shopper: string) => createHmac('sha256', key).update(shopper).digest('base64url')
  for (const [shopper, fullName] of Object.entries(shoppers) as [Shopper, string][]) {
    const answer = await users.register({ email: `${shopper}@souk.example`, fullName, password: passwordOf(shopper) })
    if (answer.outcome !== 'exists') people[shopper] = answer.userId
  }
  return people as Record<Shopper, string>
}

/** The same order for the same review, so that a repeated run changes nothing. */
function orderIdOf({ sku, by }: DemoReview): string {
  const hex = createHash('sha256').update(`demo order ${sku} ${by}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function write(
  deps: Deps,
  people: Record<Shopper, string>,
  demo: DemoReview,
  productId: string,
  approved: boolean,
): Promise<void> {
  const authorId = people[demo.by]
  const [known] = await deps.db.sql`select 1 from reviews r where r.product_id = ${productId} and r.author_id = ${authorId}`
  if (known) return
  await deps.db.tx(async (tx) => {
    const orderId = orderIdOf(demo)
    await bought(tx, { orderId, customerId: authorId, lines: [{ productId }] })
    await arrived(deps, tx, orderId, daysAgo(demo.ago + 4))
    const { stars, title, text, tags = [] } = demo
    const author = { id: authorId, channel: CHANNEL, locale: demo.locale }
    const { id, state } = await writeReview(deps, tx, author, { productId, stars, title, text, tags: [...tags] })
    if (approved && state === 'pending') await decide(deps, tx, id, { decision: 'approve' }, undefined)
    if (demo.reply) await reply(deps, tx, staff, id, demo.reply)
    for (const voter of demo.helpful ?? []) await vote(deps, tx, people[voter], id, true)
    for (const voter of demo.unhelpful ?? []) await vote(deps, tx, people[voter], id, false)
    const at = daysAgo(demo.ago)
    await tx`
      update reviews r set created_at = ${at}, updated_at = ${at}, shown_at = ${at}, queued_at = ${at},
             replied_at = case when r.replied_at is not null then ${at}::timestamptz + interval '1 day' end where r.id = ${id}`
  })
}

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()
