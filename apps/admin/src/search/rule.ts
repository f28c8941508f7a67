import type { Item } from '../../../../packages/client/src/client.ts'
import { languageName } from '../product/texts.tsx'

export type Rule = Item<'GET /api/search/rules'>
export const KINDS = ['pin', 'boost', 'bury'] as const
/** Places a product can be pinned to. */
export const LAST_PLACE = 100
/** How the address names the rules that count for every question. */
const EVERY = '*'

/** Where the rules of a question are. */
export const addressOf = (query: string): string => `/search?part=rules&query=${encodeURIComponent(query === '' ? EVERY : query)}`
/** The question an address names; '': every question. */
export const queryIn = (named: string): string => (named === EVERY ? '' : named)
export const called = (query: string): string => (query === '' ? 'every question' : `“${query}”`)

/** A channel and a language; null: all of them. */
interface Place {
  readonly channel: string | null
  readonly locale: string | null
}
export const placeName = ({ channel, locale }: Place): string =>
  channel === null && locale === null
    ? 'everywhere'
    : `${channel ?? 'every channel'}, ${locale === null ? 'every language' : languageName(locale)}`

export const counts = (rule: Place, shown: Place): boolean =>
  (rule.channel === null || rule.channel === shown.channel) && (rule.locale === null || rule.locale === shown.locale)

export const doesWhat = ({ kind, position }: Pick<Rule, 'kind' | 'position'>): string =>
  kind === 'pin' ? `pinned to place ${position}` : kind === 'boost' ? 'boosted' : 'buried'

/** What `PUT /api/search/rules/{id}` wants of a rule. */
export const bodyOf = ({ id: _, ...body }: Rule): Omit<Rule, 'id'> => body

interface Pin {
  readonly id: string
  readonly position: number | null
}
const placeOf = ({ position }: Pin): number => position ?? 1

/** The pinned ones in the order of their places, as the shop takes them. */
export const inOrder = <P extends Pin>(pins: readonly P[]): P[] =>
  pins.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.id < b.id ? -1 : 1))

/**
 * The pins that change when one of them goes to the place `to`. Whoever is in the way makes room towards the place that became free, so that no
 * two stand on one place; all others stay where they are.
 */
export function moved<P extends Pin>(pins: readonly P[], id: string, to: number): P[] {
  const pin = pins.find((one) => one.id === id)
  if (!pin || to < 1 || to > LAST_PLACE || to === placeOf(pin)) return []
  const up = to < placeOf(pin)
  const others = inOrder(pins.filter((one) => one !== pin))
  const taken = new Set([to])
  const changed: P[] = [{ ...pin, position: to }]
  for (const other of up ? others : others.reverse()) {
    const place = freeFrom(placeOf(other), up ? 1 : -1, taken)
    taken.add(place)
    if (place !== other.position) changed.push({ ...other, position: place })
  }
  return changed
}

function freeFrom(place: number, step: 1 | -1, taken: ReadonlySet<number>): number {
  for (let at = place; at >= 1 && at <= LAST_PLACE; at += step) if (!taken.has(at)) return at
  for (let at = place; at >= 1 && at <= LAST_PLACE; at -= step) if (!taken.has(at)) return at
  return place
}

interface Compared<T> {
  readonly now: readonly { readonly item: T; readonly place: number; readonly was: number | undefined }[]
  /** not on the page any more */
  readonly gone: readonly { readonly item: T; readonly was: number }[]
}

/** Two answers to one question, place by place. */
export function compared<T extends { readonly id: string }>(before: readonly T[], now: readonly T[]): Compared<T> {
  const was = new Map(before.map(({ id }, index) => [id, index + 1]))
  const there = new Set(now.map(({ id }) => id))
  return {
    now: now.map((item, index) => ({ item, place: index + 1, was: was.get(item.id) })),
    gone: before.flatMap((item, index) => (there.has(item.id) ? [] : [{ item, was: index + 1 }])),
  }
}
