import type { Client } from '../../../packages/client/src/client.ts'

/** The same for everybody who is not signed in; nothing of a cart or an order is among them. */
const PUBLIC: ReadonlySet<string> = new Set([
  'GET /api/channels',
  'GET /api/content/frame',
  'GET /api/content/home',
  'GET /api/content/pages/{slug}',
  'GET /api/categories',
  'GET /api/products',
  'GET /api/products/{id}',
  'GET /api/products/{id}/related',
  'GET /api/reviews',
  'GET /api/reviews/products/{productId}/summary',
])
/** The same for all visitors whom the shop does not remember. Shown together, such a list counts as shown once. */
const UNREMEMBERED: ReadonlySet<string> = new Set([
  'GET /api/recommendations/trending',
  'GET /api/recommendations/products/{id}/also-bought',
  'GET /api/recommendations/products/{id}/similar',
])
/**
 * A busy page asks for the same thing hundreds of times in half a second. Pages are shared as long once more (apps/souk/faces/shared-pages.ts), so no price
 * is more than a second behind the API.
 */
const SHARED_FOR_MS = 500
const MOST = 500

const answers = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>()

/**
 * A client whose public questions are asked twice a second at most, whoever asks. `asker`: channel and language, which answers depend on; `remembered`: the
 * visitor agreed that the shop remembers what they look at.
 */
export function sharing(client: Client, asker: string, remembered: boolean): Client {
  const isShared = (name: string) => PUBLIC.has(name) || (!remembered && UNREMEMBERED.has(name))
  const call = async (name: string, input?: object, options?: object): Promise<unknown> => {
    const ask = () => (client.call as (...args: unknown[]) => Promise<unknown>)(name, input, options)
    if (options || !isShared(name)) return await ask()
    const key = `${asker} ${name} ${JSON.stringify(input)}`
    const known = answers.get(key)
    if (known && known.until > Date.now()) return await known.answer
    if (answers.size >= MOST) answers.clear()
    const answer = ask()
    answers.set(key, { until: Date.now() + SHARED_FOR_MS, answer })
    answer.catch(() => answers.delete(key))
    return await answer
  }
  return { ...client, call } as Client
}
