import type { Seen } from './shoppers.ts'

/** What a shopper made of an answer: an order that stands, one that waits, a refusal with a reason, or an error and its kind. */
type Sight = 'order' | 'waiting' | 'fine' | `error: ${string}`

const REASONS: ReadonlySet<string> = new Set([
  'orders/out-of-stock',
  'orders/payment-declined',
  'orders/not-open',
  'cart/out-of-stock',
])

/** Whether the shop is meant to give this refusal; everything else from 400 on is an error to whoever sees it. */
export const isReasoned = (status: number, code = ''): boolean => status === 402 || REASONS.has(code)

export function sightOf({ reply, error, path }: Pick<Seen, 'reply' | 'error' | 'path'>): Sight {
  if (!reply) return `error: no answer (${codeOf(error)})`
  const { status, body } = reply
  const code = typeof body === 'object' ? String(body?.code ?? '') : ''
  if (status < 400) {
    if (path !== '/api/orders') return 'fine'
    return body?.status === 'CONFIRMED' ? 'order' : 'waiting'
  }
  if (isReasoned(status, code)) return 'fine'
  return `error: ${status}${code ? ` ${code}` : ''}`
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string }
  return code ?? name ?? 'unknown'
}

export interface Sightings {
  readonly onSeen: (seen: Seen) => void
  /** The first order that was begun at `from` or later and stands; waits for it. Undefined when `withinMs` are over. */
  firstOrder(from: number, withinMs: number): Promise<{ orderId: string; at: number } | undefined>
  /** Counts of what was seen of questions that ended in the span, and the longest time in it without an order that stands. */
  between(from: number, to: number): { counts: Record<Sight, number>; longestWithout: number }
}

/** Everything shoppers saw in a run, with its time. */
export function watchShoppers(): Sightings {
  const all: { begun: number; ended: number; sight: Sight; orderId?: string }[] = []
  const waiting = new Set<() => void>()
  return {
    onSeen(seen) {
      const sight = sightOf(seen)
      all.push({ begun: seen.begun, ended: seen.ended, sight, ...(sight === 'order' ? { orderId: seen.reply!.body.id } : {}) })
      for (const look of waiting) look()
    },
    async firstOrder(from, withinMs) {
      const found = () => all.find(({ begun, sight }) => sight === 'order' && begun >= from)
      const timeout = AbortSignal.timeout(withinMs)
      while (!found() && !timeout.aborted)
        await new Promise<void>((resolve) => {
          const done = () => {
            waiting.delete(done)
            timeout.removeEventListener('abort', done)
            resolve()
          }
          waiting.add(done)
          timeout.addEventListener('abort', done)
        })
      const first = found()
      return first && { orderId: first.orderId!, at: first.ended }
    },
    between(from, to) {
      const within = all.filter(({ ended }) => ended >= from && ended <= to)
      const counts: Record<string, number> = {}
      for (const { sight } of within) counts[sight] = (counts[sight] ?? 0) + 1
      const orders = within.filter(({ sight }) => sight === 'order').map(({ ended }) => ended)
      const marks = [from, ...orders.sort((a, b) => a - b), to]
      const longestWithout = Math.max(0, ...marks.slice(1).map((mark, index) => mark - marks[index]!))
      return { counts, longestWithout: Math.round(longestWithout) }
    },
  }
}
