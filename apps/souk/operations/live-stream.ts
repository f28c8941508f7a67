import { Readable } from 'node:stream'
import type { Area } from './live-areas.ts'

/** Something happened to one thing of an area. No facts about it: who may see them asks for them. */
export interface News {
  /** id of the event */
  readonly id: string
  readonly area: Area
  /** of the order, the review, the SKU */
  readonly key: string
  /** when this process heard of it, epoch milliseconds */
  readonly at: number
}

/** Ids named in one message; who shows more than that reads its list anew anyway. */
const MOST_KEYS = 50
/** A page that does not read what it is told is let go; it comes back and asks from where it was. */
const MOST_UNREAD_BYTES = 64 * 1024

/** One page that follows the shop. */
export interface LiveStream {
  readonly out: Readable
  readonly userId: string
  readonly authorization: string | undefined
  areas: ReadonlySet<Area>
  /** place of the first news it has not been told */
  next: number
}

export function openStream(parts: Omit<LiveStream, 'out'>): LiveStream {
  return { ...parts, out: new Readable({ read: () => undefined }) }
}

/** Sends text, unless the page has stopped reading. */
export function say({ out }: LiveStream, text: string): void {
  if (out.destroyed || out.readableEnded) return
  if (out.readableLength > MOST_UNREAD_BYTES) out.destroy()
  else out.push(text)
}

export const BEAT = ': still here\n\n'
/** milliseconds after which a page that lost us tries again */
export const RETRY = 'retry: 3000\n\n'

/** Told where a page cannot be told what it missed: everything has to be read anew. */
export const resync = (id: string | undefined): string => `${id === undefined ? '' : `id: ${id}\n`}event: resync\ndata: {}\n\n`

/** One message for many events: how many of each area, and the ids of what they are about. Empty where none is for this page. */
export function messageOf(news: readonly News[], areas: ReadonlySet<Area>): string {
  const told = news.filter(({ area }) => areas.has(area))
  const last = told.at(-1)
  if (!last) return ''
  const byArea = [...Map.groupBy(told, ({ area }) => area)].map(([area, list]) => {
    const keys = [...new Set(list.map(({ key }) => key))].slice(-MOST_KEYS)
    return [area, { events: list.length, keys }] as const
  })
  return `id: ${last.id}\nevent: news\ndata: ${JSON.stringify(Object.fromEntries(byArea))}\n\n`
}
