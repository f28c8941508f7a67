import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useEvery } from '../live.ts'
import { api, may } from '../session.ts'
import { money, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Unanswered } from '../parts/unanswered.tsx'
import { sumOf, Week } from '../parts/week.tsx'

const REFRESH_MS = 10_000
/** What is added up over many rows is asked for seldom, and not at every change. */
const SUMS_MS = 60_000
/** The latest day with sales is looked for among these. */
const DAYS = 7

/** So many of what waits are counted; from there on a plus says that there are more. */
const MOST = 50

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

const dayOf = (date: string): string =>
  new Date(date).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' })

/** What there is to do now, each number a way to where it is done. */
export function Dashboard() {
  const sells = may('orders:read-any')
  const told = useEvery(REFRESH_MS)
  const orders = useQuery({
    queryKey: ['orders', 'latest'],
    queryFn: ({ signal }) => api.call('GET /api/orders', { query: { limit: 10 } }, { signal }),
    refetchInterval: told,
    enabled: sells,
  })
  const revenue = useQuery({
    queryKey: ['revenue', 'day'],
    queryFn: ({ signal }) =>
      api.call('GET /api/orders/reports/revenue', { query: { by: 'day', from: daysAgo(DAYS) } }, { signal }),
    refetchInterval: SUMS_MS,
    enabled: may('orders:read-reports'),
  })
  const toShip = useQuery({
    queryKey: ['orders', 'to ship'],
    queryFn: ({ signal }) => api.call('GET /api/orders', { query: { status: 'CONFIRMED', limit: MOST } }, { signal }),
    refetchInterval: told,
    enabled: sells,
  })
  const reviews = useQuery({
    queryKey: ['reviews', 'to moderate'],
    queryFn: ({ signal }) => api.call('GET /api/reviews/queue', { query: { limit: MOST } }, { signal }),
    refetchInterval: told,
    enabled: may('reviews:moderate'),
  })
  const returns = useQuery({
    queryKey: ['returns', 'requested'],
    queryFn: ({ signal }) => api.call('GET /api/returns', { query: { status: 'requested', limit: MOST } }, { signal }),
    refetchInterval: told,
    enabled: may('returns:decide'),
  })
  const comingBack = useQuery({
    queryKey: ['returns', 'approved'],
    queryFn: ({ signal }) => api.call('GET /api/returns', { query: { status: 'approved', limit: MOST } }, { signal }),
    refetchInterval: told,
    enabled: may('returns:receive'),
  })
  const stock = useQuery({
    queryKey: ['stock totals'],
    queryFn: ({ signal }) => api.call('GET /api/inventory/analytics', { query: { days: 30, limit: 5 } }, { signal }),
    refetchInterval: SUMS_MS,
    enabled: may('inventory:read'),
  })
  const flow = useQuery({
    queryKey: ['flow'],
    queryFn: ({ signal }) => api.call('GET /api/admin', {}, { signal }),
    refetchInterval: REFRESH_MS,
    enabled: may('events:operate'),
  })
  const today = revenue.data?.rows.at(-1)
  const questions = [orders, toShip, revenue, returns, comingBack, reviews, stock, flow]
  const isLoading = questions.some((question) => question.isLoading)
  const error = questions.find((question) => question.error)?.error
  return (
    <div className="stack-wide">
      <h1>Today</h1>
      {error ? <Trouble error={error} /> : null}
      <Unanswered from={flow.data?.unanswered} />
      {isLoading ? <p className="soft">Loading …</p> : null}
      <div className="tiles">
        {today ? (
          <div className="tile">
            <span>Sold on {dayOf(today.period)}</span>
            <strong>{sumOf(Number(today.total), today.currency)}</strong>
          </div>
        ) : null}
        <Waiting what="Orders to ship" to="/orders?status=CONFIRMED" page={toShip.data} />
        <Waiting what="Returns to decide" to="/returns?status=requested" page={returns.data} urgent />
        <Waiting what="Returns to receive" to="/returns?status=approved" page={comingBack.data} />
        <Waiting what="Reviews to moderate" to="/reviews" page={reviews.data} urgent />
        {stock.data ? (
          <>
            <Link className="tile" to="/inventory?alert=out" data-bad={stock.data.totals.outOfStock > 0}>
              <span>Sold out</span>
              <strong>{stock.data.totals.outOfStock}</strong>
            </Link>
            <Link className="tile" to="/inventory?alert=low">
              <span>Running low</span>
              <strong>{stock.data.totals.lowStock}</strong>
            </Link>
          </>
        ) : null}
        {flow.data ? (
          <>
            <Link className="tile" to="/dead-letters" data-bad={flow.data.deadLetters > 0}>
              <span>Dead letters</span>
              <strong>{flow.data.deadLetters}</strong>
            </Link>
            <Link className="tile" to="/flows?status=stuck" data-bad={flow.data.stuckFlows > 0}>
              <span>Stuck flows</span>
              <strong>{flow.data.stuckFlows}</strong>
            </Link>
            <Link className="tile" to="/events">
              <span>Events to handle</span>
              <strong>{flow.data.lagRecords + flow.data.outboxRows}</strong>
            </Link>
          </>
        ) : null}
      </div>
      {today ? <Week today={daysAgo(0)} reported={revenue.data?.rows ?? []} currency={today.currency} /> : null}
      {orders.data ? (
        <section className="stack">
          <h2>Latest orders</h2>
          {orders.data.items.length === 0 ? <p className="soft">Nobody has ordered yet.</p> : null}
          <ul className="stack">
            {orders.data.items.map((order) => (
              <li key={order.id} className="spread">
                <Link to={`/orders/${order.id}`}>{order.number}</Link>
                <span className="soft">{when(order.placedAt)}</span>
                <State of={order.status} />
                <span className="number">{money(order.total)}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  )
}

interface WaitingProps {
  readonly what: string
  /** where it is done */
  readonly to: string
  /** undefined: not for this role, or not known yet */
  readonly page: { readonly items: readonly unknown[]; readonly next?: string | undefined } | undefined
  readonly urgent?: boolean
}

/** How much of something waits for somebody of staff. */
function Waiting({ what, to, page, urgent = false }: WaitingProps) {
  if (!page) return null
  return (
    <Link className="tile" to={to} data-bad={urgent && page.items.length > 0}>
      <span>{what}</span>
      <strong>
        {page.items.length}
        {page.next ? '+' : ''}
      </strong>
    </Link>
  )
}
