import { ProductQueried } from '#contracts/events/search.ts'
import type { ServiceKit } from '#kit/service/service.ts'

const EVERY_MS = 1000
/** Different questions that are counted in one second; a flood of nonsense is not remembered. */
const AT_MOST = 500

export interface Searched {
  readonly channel: string
  readonly locale: string
  readonly query: string
  readonly results: number
}

export interface SearchLog {
  record(search: Searched): void
  /** Stores what is held now. */
  flush(): Promise<void>
}

/** Counts searches in memory and stores them once a second. Best effort: a process that dies loses those of its last second. */
export function createSearchLog(kit: Pick<ServiceKit<never>, 'db' | 'outbox' | 'log'>): SearchLog {
  let held = new Map<string, Searched & { searches: number; nothing: number }>()
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const counted = [...held.values()]
    held = new Map()
    if (counted.length === 0) return
    try {
      await kit.db.tx(async (tx) => {
        await tx`
          with counted as (
            select * from jsonb_to_recordset(${JSON.stringify(counted)}::text::jsonb) as x(channel text, locale text, query text, results integer, searches integer, nothing integer)
          ), popular as (
            insert into popular_queries as p (channel, locale, query, searches, results)
            select c.channel, c.locale, c.query, c.searches, c.results from counted c where c.results > 0 order by c.channel, c.locale, c.query
                on conflict (channel, locale, query) do update set searches = p.searches + excluded.searches, results = excluded.results
          )
          insert into query_days as d (day, channel, locale, query, searches, nothing, results)
          select current_date, c.channel, c.locale, c.query, c.searches, c.nothing, c.results from counted c order by c.channel, c.locale, c.query
              on conflict (day, channel, locale, query) do update
             set searches = d.searches + excluded.searches, nothing = d.nothing + excluded.nothing, results = excluded.results`
        await kit.outbox.append(
          tx,
          counted.map(({ nothing: _, ...told }) => ProductQueried(told)),
        )
      })
      kit.outbox.wake()
    } catch (error) {
      kit.log.warn({ searches: counted.length, error: String(error) }, 'searches could not be recorded')
    }
  }

  return {
    record(search) {
      if (search.query === '') return
      const key = `${search.channel} ${search.locale} ${search.query}`
      const before = held.get(key)
      if (!before && held.size >= AT_MOST) return
      held.set(key, {
        ...search,
        searches: (before?.searches ?? 0) + 1,
        nothing: (before?.nothing ?? 0) + (search.results === 0 ? 1 : 0),
      })
      timer ??= setTimeout(() => void flush(), EVERY_MS).unref()
    },
    flush,
  }
}
