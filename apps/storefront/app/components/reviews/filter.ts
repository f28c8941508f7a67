export const SORTS = ['helpful', 'newest', 'highest', 'lowest'] as const
export const REPORT_REASONS = ['spam', 'offensive', 'off-topic', 'personal-data', 'fake', 'other'] as const

export interface ReviewFilter {
  readonly stars: number | undefined
  readonly verified: boolean
  readonly pictures: boolean
  readonly tag: string | undefined
  readonly sort: (typeof SORTS)[number]
  readonly after: string | undefined
}

/** The address of a list with some of it changed. */
export function filterSearch(filter: ReviewFilter, change: Partial<ReviewFilter>): string {
  const { stars, verified, pictures, tag, sort, after } = { ...filter, after: undefined, ...change }
  const search = new URLSearchParams()
  if (stars) search.set('stars', String(stars))
  if (verified) search.set('verified', '1')
  if (pictures) search.set('pictures', '1')
  if (tag) search.set('tag', tag)
  if (sort !== 'helpful') search.set('sort', sort)
  if (after) search.set('after', after)
  const text = search.toString()
  return `${text ? `?${text}` : '?'}#reviews`
}
