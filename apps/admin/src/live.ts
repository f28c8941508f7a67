import type { QueryClient } from '@tanstack/react-query'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { useSyncExternalStore } from 'react'
import { renew, staffNow } from './session.ts'

/**
 * Which lists, by the first words of their names, show something of an area; and which of them show one thing of it. Sums over
 * all orders or all stock are not among them: in a rush they would be added up for every reader at every order.
 */
const SHOWN: Readonly<Record<string, { lists: readonly string[]; one?: string }>> = {
  orders: { lists: ['orders'], one: 'order' },
  returns: { lists: ['returns'] },
  reviews: { lists: ['reviews'], one: 'review' },
  stock: { lists: ['stock', 'inventory'], one: 'shelf' },
}

type News = Readonly<Record<string, { readonly events: number; readonly keys: readonly string[] }>>

const PAUSE_MS = 3_000
const LONGEST_PAUSE_MS = 60_000
/** The shop breaks its silence every 15 s. */
const SILENCE_MS = 40_000
/** In a rush lists are read anew once in this time, not at every order. */
const REFRESH_MS = 3_000
/** While we are told, lists that would ask every few seconds make sure this often. */
const SURE_MS = 60_000

let told = false
const listeners = new Set<() => void>()
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
function tell(now: boolean): void {
  if (told === now) return
  told = now
  for (const listener of listeners) listener()
}

/** Whether the shop tells us what changes. */
export const useLive = (): boolean => useSyncExternalStore(subscribe, () => told)

/** How often a list that is told of changes asks by itself: seldom while it is told. */
export function useEvery(milliseconds: number): number {
  return useLive() ? SURE_MS : milliseconds
}

/** Follows what changes in the shop and has the lists that show it read anew, until it is stopped. Where that cannot be, they ask by themselves. */
export function follow(queries: QueryClient): () => void {
  const stopped = new AbortController()
  void keepFollowing(refresher(queries), stopped.signal).finally(() => tell(false))
  return () => stopped.abort()
}

type Refresh = (news: News | 'everything') => void

async function keepFollowing(refresh: Refresh, signal: AbortSignal): Promise<void> {
  let lastEventId: string | undefined
  let failures = 0
  while (!signal.aborted) {
    await untilSeen(signal)
    const outcome = await once(lastEventId, signal, (message) => {
      failures = 0
      tell(true)
      if (message.id !== undefined) lastEventId = message.id
      if (message.event === 'resync') refresh('everything')
      if (message.event === 'news') refresh(JSON.parse(message.data) as News)
    }).catch(() => 'lost' as const)
    tell(false)
    if (outcome === 'never') return
    failures += 1
    // with the new token at once, but not for ever
    if (outcome === 'renewed' && failures <= 2) continue
    await pause(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2), signal)
  }
}

/** One stream, until it ends or the page is hidden. `never`: there is nothing here for whoever is signed in. */
async function once(
  lastEventId: string | undefined,
  signal: AbortSignal,
  hear: (message: { id?: string | undefined; event?: string | undefined; data: string }) => void,
): Promise<'lost' | 'renewed' | 'never'> {
  const leaving = new AbortController()
  const leave = () => leaving.abort()
  const hidden = () => document.hidden && leave()
  let silence = setTimeout(leave, SILENCE_MS)
  document.addEventListener('visibilitychange', hidden)
  signal.addEventListener('abort', leave)
  try {
    const answer = await fetch('/api/live', {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${staffNow()?.token ?? ''}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: leaving.signal,
    })
    if (answer.status === 403) return 'never'
    if (answer.status === 401) return (await renew()) ? 'renewed' : 'never'
    if (!answer.ok || !answer.body) return 'lost'
    const awake = new TransformStream<string, string>({
      transform(text, out) {
        clearTimeout(silence)
        silence = setTimeout(leave, SILENCE_MS)
        out.enqueue(text)
      },
    })
    const messages = answer.body
      .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
      .pipeThrough(awake)
      .pipeThrough(new EventSourceParserStream())
      .getReader()
    for (;;) {
      const { done, value } = await messages.read()
      if (done) return 'lost'
      hear(value)
    }
  } finally {
    clearTimeout(silence)
    document.removeEventListener('visibilitychange', hidden)
    signal.removeEventListener('abort', leave)
  }
}

/** Gathers what is to be read anew. A list of several pages is left as it is: it would be read from its first row on, under the reader's eyes. */
function refresher(queries: QueryClient): Refresh {
  const lists = new Set<string>()
  const ones = new Map<string, Set<string>>()
  let due = false
  const work = (): void => {
    due = false
    const [names, things] = [new Set(lists), new Map(ones)]
    lists.clear()
    ones.clear()
    void queries.invalidateQueries({
      predicate: ({ queryKey: [name, id], state }) => {
        const pages = (state.data as { pages?: readonly unknown[] } | undefined)?.pages
        if (names.has(String(name))) return pages === undefined || pages.length === 1
        return things.get(String(name))?.has(String(id)) === true || things.get(String(name))?.has('*') === true
      },
    })
  }
  const note = (area: string, keys: readonly string[]): void => {
    const shown = SHOWN[area]
    for (const name of shown?.lists ?? []) lists.add(name)
    if (!shown?.one) return
    const known = ones.get(shown.one) ?? new Set()
    for (const key of keys) known.add(key)
    ones.set(shown.one, known)
  }
  return (news) => {
    if (news === 'everything') for (const area of Object.keys(SHOWN)) note(area, ['*'])
    else for (const [area, { keys }] of Object.entries(news)) note(area, keys)
    if (due) return
    due = true
    setTimeout(work, REFRESH_MS)
  }
}

async function untilSeen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return
  await new Promise<void>((resolve) => {
    document.addEventListener('visibilitychange', () => resolve(), { once: true, signal })
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
