import type { Client } from '../../../packages/client/src/client.ts'

/** The same for everybody who is not signed in; nothing of a cart or an order is among them. */
const PUBLIC = new Set([
  'GET /api/channels',
  'GET /api/content/frame',
  'GET /api/content/home',
  'GET /api/content/pages/{slug}',
  'GET /api/categories',
  'GET /api/products',
  'GET /api/products/{id}',
  'GET /api/products/{id}/related',
])
/** No price of a page is older than this; a busy page asks for the same thing hundreds of times in it. */
const SHARED_FOR_MS = 1_000
const MOST = 500

const answers = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>()

/** A client whose public questions are asked once a second, whoever asks. `asker`: channel and language, which answers depend on. */
export function sharing(client: Client, asker: string): Client {
  const call = async (name: string, input?: object, options?: object): Promise<unknown> => {
    const ask = () => (client.call as (...args: unknown[]) => Promise<unknown>)(name, input, options)
    if (options || !PUBLIC.has(name)) return await ask()
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
