import { Link } from 'react-router'
import { languagesOf, useChannels } from '../catalogue.ts'
import { share } from '../pages/experiment-report.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { languageName } from '../product/texts.tsx'
import { api } from '../session.ts'
import { addressOf } from './rule.ts'
import { AddSynonym } from './synonyms.tsx'

const PERIODS = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '365 days' },
] as const
const SORTS = [
  { value: 'searches', label: 'most searched for' },
  { value: 'nothing', label: 'most often without result' },
  { value: 'clicks', label: 'most clicked' },
  { value: 'orders', label: 'most ordered' },
] as const
const DAY_MS = 86_400_000
/** A second for the count of the searches themselves; nobody watches closer. */
const REFRESH_MS = 10_000

/** What is searched for and what comes of it; the way from a wish to what can be done about it. */
export function Queries() {
  const { values, set } = useFilter(['days', 'nothing', 'channel', 'language', 'sort'])
  const channels = useChannels().data ?? []
  const days = PERIODS.find(({ value }) => value === values.days)?.value ?? '30'
  const sort = SORTS.find(({ value }) => value === values.sort)?.value
  const { channel, language: locale } = values
  const nothing = values.nothing === 'yes'
  return (
    <>
      <div className="row">
        <Choice label="Period" needed value={days} options={PERIODS} onChange={(value) => set('days', value)} />
        <Choice
          label="Found"
          value={nothing ? 'yes' : undefined}
          options={[{ value: 'yes', label: 'found nothing' }]}
          onChange={(value) => set('nothing', value)}
        />
        <Choice
          label="Channel"
          value={channel}
          options={channels.map(({ key, name }) => ({ value: key, label: name }))}
          onChange={(value) => set('channel', value)}
        />
        <Choice
          label="Language"
          value={locale}
          options={languagesOf(channels).map((value) => ({ value, label: languageName(value) }))}
          onChange={(value) => set('language', value)}
        />
        <Choice label="Order" needed value={sort ?? 'searches'} options={SORTS} onChange={(value) => set('sort', value)} />
      </div>
      <Rows
        label="Queries"
        name={['search', 'queries', days, nothing, channel, locale, sort]}
        every={REFRESH_MS}
        load={(cursor) =>
          api.call('GET /api/search/queries', {
            query: { limit: 100, cursor, from: dayBefore(Number(days)), channel, locale, sort, ...(nothing ? { nothing } : {}) },
          })
        }
        keyOf={({ query }) => query}
        empty={nothing ? 'Every search found something.' : 'Nobody searched for anything in this time.'}
        columns={[
          { title: 'Query', width: 'minmax(9rem, 1fr)', cell: ({ query }) => <Link to={addressOf(query)}>{query}</Link> },
          { title: 'Searches', width: '5rem', end: true, cell: ({ searches }) => searches },
          { title: 'Results', width: '5rem', end: true, cell: ({ results }) => results },
          { title: 'Found nothing', width: '7rem', end: true, cell: (query) => query.nothing },
          { title: 'Clicked', width: '7rem', end: true, cell: ({ clicks, clickThrough }) => part(clicks, clickThrough) },
          { title: 'Ordered', width: '7rem', end: true, cell: ({ orders, conversion }) => part(orders, conversion) },
          {
            title: 'To do',
            width: '16rem',
            cell: ({ query }) => (
              <span className="row">
                <AddSynonym words={query} locale={locale} />
                <Link to={addressOf(query)}>Set a rule</Link>
              </span>
            ),
          },
        ]}
      />
      <p className="soft small">
        Results: of the last search. Ordered: by somebody signed in, within a week of the click. What staff look at is not
        counted.
      </p>
    </>
  )
}

const part = (number: number, of: number | null): string => (number === 0 ? '0' : `${number} (${share(of, 0)})`)
/** As the shop counts days, which is UTC. */
const dayBefore = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)
