import { redirect, type RouterContextProvider } from 'react-router'
import type { Answer } from '../../../packages/client/src/client.ts'
import { apiOf, orElse } from './api.server.ts'
import { sessionOf } from './session.server.ts'

export type Recommendation = Answer<'GET /api/recommendations/trending'>
type Context = Readonly<RouterContextProvider>

const SHOWN = 4

/** A list with the words that are true of it. Nothing, where the service is away or has nothing to say. */
async function listed(answer: Promise<Recommendation>): Promise<Recommendation | undefined> {
  const list = await orElse(answer, undefined)
  if (!list || list.items.length === 0) return undefined
  // Under "bought together" stands only what was: where that is enough for a row.
  const together = list.items.filter(({ reason }) => reason !== 'popular')
  return together.length > 1 ? { ...list, items: together } : list
}

const FROM = /^(feed|also-bought|similar|goes-with|trending)\.(collaborative|content|popular|trending)$/

/** Somebody came from a list: that is counted, once, and the visitor goes on to the address without the mark. */
export async function countChoice(context: Context, request: Request, productId: string): Promise<void> {
  const url = new URL(request.url)
  const from = url.searchParams.get('from')
  if (from === null) return
  const came = FROM.exec(from)
  if (came) {
    const [, placement, strategy] = came as unknown as [string, Recommendation['placement'], Recommendation['strategy']]
    const body = { placement, strategy, productId }
    await orElse(apiOf(context, request).call('POST /api/recommendations/clicks', { body }), undefined)
  }
  throw redirect(url.pathname.replace(/\.data$/, ''))
}

/** What stands below a product. What visitors open who agreed to be remembered is noted. */
export async function besideProduct(context: Context, request: Request, productId: string) {
  const api = apiOf(context, request)
  const { user, visitor } = sessionOf(context).value
  const path = { id: productId }
  const query = { limit: SHOWN }
  const [alsoBought, similar, viewed] = await Promise.all([
    listed(api.call('GET /api/recommendations/products/{id}/also-bought', { path, query })),
    listed(api.call('GET /api/recommendations/products/{id}/similar', { path, query })),
    recentlyViewed(context, request),
    visitor && !user ? orElse(api.call('POST /api/recommendations/views', { body: { productId } }), undefined) : undefined,
  ])
  return { alsoBought, similar, viewed: { ...viewed, items: viewed.items.filter(({ id }) => id !== productId).slice(0, SHOWN) } }
}

/** For somebody who is known what they may like, for everybody else what is in demand. */
export async function forVisitor(context: Context, request: Request) {
  const api = apiOf(context, request)
  const { user, visitor } = sessionOf(context).value
  const query = { limit: SHOWN }
  const [feed, trending, viewed] = await Promise.all([
    user
      ? listed(api.call('GET /api/recommendations/{userId}', { path: { userId: user.id }, query }))
      : visitor
        ? listed(api.call('GET /api/recommendations/visitor', { query }))
        : undefined,
    listed(api.call('GET /api/recommendations/trending', { query })),
    recentlyViewed(context, request),
  ])
  const personal = feed?.items.some(({ because }) => because !== null) ? feed : undefined
  return { feed: personal, trending, viewed: { ...viewed, items: viewed.items.slice(0, SHOWN) } }
}

export async function besideCart(context: Context, request: Request, products: readonly string[]) {
  const ids = [...new Set(products)].slice(0, 20)
  if (ids.length === 0) return undefined
  return await listed(
    apiOf(context, request).call('GET /api/recommendations/goes-with', { query: { products: ids.join(','), limit: SHOWN } }),
  )
}

async function recentlyViewed(context: Context, request: Request) {
  const api = apiOf(context, request)
  const { user, visitor } = sessionOf(context).value
  // one more than is shown: the product of the page is left out
  const query = { limit: SHOWN + 1 }
  const { items } = user
    ? await orElse(api.call('GET /api/recommendations/{userId}/recently-viewed', { path: { userId: user.id }, query }), {
        items: [],
      })
    : visitor
      ? await orElse(api.call('GET /api/recommendations/visitor/recently-viewed', { query }), { items: [] })
      : { items: [] }
  return { items, remembered: visitor !== undefined || items.length > 0 }
}
