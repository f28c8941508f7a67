import { randomBytes } from 'node:crypto'

/**
 * How long a page is shown to others. The answers it is made of may be as old when it is begun (shared-answers.server.ts), so that no price is more
 * than a second behind the API.
 */
export const SHARED_FOR_MS = 500
const MOST = 200

export interface WholePage {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** Renders a page whose scripts carry this nonce. */
export type Render = (nonce: string) => Promise<Response>

interface Rendered extends Pick<WholePage, 'status' | 'headers'> {
  readonly isForAll: boolean
  bodyWith(nonce: string): Buffer
}

export const wholePage = async (response: Response): Promise<WholePage> => ({
  status: response.status,
  headers: [...response.headers],
  body: Buffer.from(await response.arrayBuffer()),
})

/**
 * Pages for strangers, rendered once for all who ask for the same address at the same moment. Each gets a nonce of their own: what is kept has a mark in its
 * place, which never leaves this process, so nothing that somebody wrote can hold it. Pages that were not found, or that want something remembered, are
 * rendered for each who asks.
 */
export function createSharedPages(now: () => number = Date.now) {
  const mark = randomBytes(24).toString('base64url')
  const kept = new Map<string, { readonly until: number; readonly page: Promise<Rendered> }>()

  async function rendered(render: Render): Promise<Rendered> {
    const { status, headers, body } = await wholePage(await render(mark))
    const has = (name: string, start = '') => headers.some(([key, value]) => key === name && value.startsWith(start))
    if (!has('content-type', 'text/')) return { status, headers, isForAll: false, bodyWith: () => body }
    const pieces = body.toString().split(mark)
    return {
      status,
      headers,
      isForAll: status === 200 && has('content-type', 'text/html') && !has('set-cookie'),
      bodyWith: (nonce) => Buffer.from(pieces.join(nonce)),
    }
  }

  return async (address: string, nonce: string, render: Render): Promise<WholePage> => {
    const known = kept.get(address)
    if (known && known.until > now()) {
      const { isForAll, bodyWith, ...page } = await known.page
      return isForAll ? { ...page, body: bodyWith(nonce) } : await wholePage(await render(nonce))
    }
    if (kept.size >= MOST) kept.clear()
    const one = { until: now() + SHARED_FOR_MS, page: rendered(render) }
    kept.set(address, one)
    one.page.catch(() => kept.delete(address))
    const { bodyWith, status, headers } = await one.page
    return { status, headers, body: bodyWith(nonce) }
  }
}
