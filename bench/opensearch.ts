/** What measurements need of OpenSearch beside the search service: indices of their own, which go when the run ends or stay beside a kept catalogue, and proof that it was OpenSearch that answered. */
import { eventually } from '#kit/testing/eventually.ts'
import type { SearchHost } from './search-host.ts'

/** `http://host:9200`, of OPENSEARCH_URL or an option, with or without `opensearch+` and a prefix. */
const originOf = (address: string): string => new URL(address.replace(/^opensearch\+/, '')).origin

/** SEARCH_URL with a prefix that no other run has. */
export const ownIndex = (address: string, name: string): string =>
  `opensearch+${originOf(address)}/${name}-${process.pid}-${Date.now()}`

/** SEARCH_URL with a prefix that stays for the next run. */
export const keptIndex = (address: string, name: string): string => `opensearch+${originOf(address)}/${name}`

export async function openSearchCall<T>(address: string, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(originOf(address) + path, {
    method,
    headers: { 'content-type': path.startsWith('/_bulk') ? 'application/x-ndjson' : 'application/json' },
    signal: AbortSignal.timeout(60_000),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  if (!answer.ok)
    throw new Error(`OpenSearch answers ${answer.status} to ${method} ${path}: ${(await answer.text()).slice(0, 300)}`)
  return (await answer.json()) as T
}

/** Removes what a run has made under its prefix. */
export async function removeIndices(url: string): Promise<void> {
  const alias = `${new URL(url.replace(/^opensearch\+/, '')).pathname.slice(1)}-products`
  for (const index of Object.keys(await openSearchCall<Record<string, unknown>>(url, 'GET', `/${alias}-*`)))
    await openSearchCall(url, 'DELETE', `/${index}`)
  await openSearchCall(url, 'DELETE', `/_index_template/${alias}`)
}

/** Questions that PostgreSQL has answered so far because OpenSearch had not; undefined where PostgreSQL is asked anyway. */
export async function fallbacksOf({ host }: SearchHost): Promise<{ open: boolean; fallbacks: number } | undefined> {
  const health = await host.service('search').health()
  return health['fallback'] as { open: boolean; fallbacks: number } | undefined
}

/** After some questions without an answer OpenSearch is not asked for a while, and figures would be PostgreSQL's: waits until it is asked again. */
export async function untilAsked(shop: SearchHost): Promise<void> {
  await eventually(
    async () => {
      if (!(await fallbacksOf(shop))?.open) return
      await shop.unkept.inject({ url: '/api/search?facets=false' })
      throw new Error('OpenSearch does not answer')
    },
    { timeoutMs: 120_000, everyMs: 500 },
  )
}
