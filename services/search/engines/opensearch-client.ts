/** The few calls of OpenSearch's HTTP API that search needs, each with a deadline. */

export interface OpenSearchClient {
  /** what questions are asked of; it leads to the index in use */
  readonly alias: string
  /** Throws OpenSearchError for what is no success. */
  call<T>(method: string, path: string, body?: unknown, options?: { timeoutMs?: number }): Promise<T>
  /** Lines of JSON for `_bulk`; with `refresh` they are found as soon as it answers. */
  bulk(lines: readonly unknown[], options: { refresh: boolean }): Promise<BulkAnswer>
}

export interface BulkAnswer {
  readonly errors: boolean
  readonly items: readonly Readonly<Record<string, { status: number; error?: { type: string; reason: string } }>>[]
}

export class OpenSearchError extends Error {
  readonly status: number
  constructor(status: number, path: string, text: string) {
    super(`OpenSearch answered ${status} to ${path}: ${text.slice(0, 300)}`)
    this.status = status
  }
}

/** Whether it may go well in a moment: the engine is busy or away, or did not answer in time. */
export function isPassing(error: unknown): boolean {
  if (error instanceof OpenSearchError) return isPassingStatus(error.status)
  // what `fetch` throws when there is no line
  return (error instanceof TypeError && error.cause !== undefined) || (error instanceof Error && error.name === 'TimeoutError')
}
export const isPassingStatus = (status: number): boolean => status === 429 || status >= 500

const QUESTION_MS = 2_000
const BULK_MS = 30_000

/** `opensearch+http://user:password@host:9200/prefix`: shops that share a cluster have a prefix each. */
export function openSearchClient(address: string, { bulkMs = BULK_MS }: { readonly bulkMs?: number } = {}): OpenSearchClient {
  const url = new URL(address.replace(/^opensearch\+/, ''))
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (url.username)
    headers['authorization'] =
      `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`
  const base = `${url.protocol}//${url.host}`
  const prefix = url.pathname.replaceAll('/', '') || 'souk'
  const send = async (method: string, path: string, body: string | undefined, timeoutMs: number) => {
    const answer = await fetch(base + path, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new OpenSearchError(answer.status, path, text)
    return text === '' ? {} : (JSON.parse(text) as unknown)
  }
  return {
    alias: `${prefix}-products`,
    call: async <T>(method: string, path: string, body?: unknown, { timeoutMs = QUESTION_MS } = {}) =>
      (await send(method, path, body === undefined ? undefined : JSON.stringify(body), timeoutMs)) as T,
    bulk: async (lines, { refresh }) =>
      (await send(
        'POST',
        refresh ? '/_bulk?refresh=true' : '/_bulk',
        `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
        bulkMs,
      )) as BulkAnswer,
  }
}
