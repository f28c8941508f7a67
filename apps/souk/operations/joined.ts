import { encodeCursor, type Page } from '#kit/http/paging.ts'

/**
 * One page of a list from the first entries that each of several places gave after the same cursor: the first `limit` of all. A place that
 * has more than it gave says `next`. `keyOf`: what orders the list, as its cursor has it.
 */
export function joined<T>(
  parts: readonly Page<T>[],
  { limit, keyOf, list }: { limit: number; keyOf: (item: T) => readonly string[]; list: string },
): Page<T> {
  const rank = (item: T): string => keyOf(item).join(' ')
  const found = parts.flatMap(({ items }) => items).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit || parts.some(({ next }) => next !== undefined)
  return { items, ...(more && last !== undefined ? { next: encodeCursor(keyOf(last), list) } : {}) }
}
