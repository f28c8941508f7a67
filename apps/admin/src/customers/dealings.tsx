import { Link } from 'react-router'
import { Part } from '../parts/part.tsx'
import { Rows } from '../parts/rows.tsx'
import { money, Panel, State, when } from '../parts/show.tsx'
import { api } from '../session.ts'

/** So many of each are shown; a link leads to the rest. */
const FEW = 10

export function OrdersOf({ id }: { id: string }) {
  return (
    <Part
      title="Orders"
      permission="orders:read-any"
      name={['orders', 'of customer', id]}
      load={() => api.call('GET /api/orders', { query: { customerId: id, limit: FEW } })}
    >
      {({ items, next }) => (
        <>
          {items.length === 0 ? <p className="soft">Never ordered.</p> : null}
          {items.map(({ id: order, number, status, total, placedAt }) => (
            <p key={order} className="spread">
              <span>
                <Link to={`/orders/${order}`}>{number}</Link> <State of={status} />{' '}
                <span className="soft small">{when(placedAt)}</span>
              </span>
              <span className="number">{money(total)}</span>
            </p>
          ))}
          {next ? <Link to={`/orders?customer=${id}`}>All orders</Link> : null}
        </>
      )}
    </Part>
  )
}

export function ReturnsOf({ id }: { id: string }) {
  return (
    <Part
      title="Returns"
      permission="orders:read-any"
      name={['returns', 'of customer', id]}
      load={() => api.call('GET /api/returns', { query: { customerId: id, limit: FEW } })}
    >
      {({ items, next }) => (
        <>
          {items.length === 0 ? <p className="soft">Nothing was sent back.</p> : null}
          {items.map((one) => (
            <p key={one.id} className="spread">
              <span>
                <Link to={`/orders/${one.orderId}`}>{one.orderNumber}</Link> {one.kind} <State of={one.status} />{' '}
                <span className="soft small">{when(one.requestedAt)}</span>
              </span>
              {one.refund ? <span className="number">{money(one.refund)}</span> : null}
            </p>
          ))}
          {next ? <p className="soft small">Only the newest {FEW} are shown.</p> : null}
        </>
      )}
    </Part>
  )
}

export function CartOf({ id }: { id: string }) {
  return (
    <Part
      title="Cart now"
      permission="cart:read-any"
      name={['customer', id, 'cart']}
      every={15_000}
      load={() => api.call('GET /api/cart/{userId}', { path: { userId: id } })}
    >
      {({ lines, total, coupons }) =>
        lines.length === 0 ? (
          <p className="soft">Nothing in it.</p>
        ) : (
          <>
            {lines.map((line) => (
              <p key={line.sku} className="spread">
                <span>
                  {line.quantity} × {line.title ?? line.sku} <span className="soft">{line.sku}</span>{' '}
                  {line.status === 'ok' ? null : <State of={line.status.replaceAll('-', ' ')} />}
                </span>
                <span className="number">{line.total ? money(line.total) : '–'}</span>
              </p>
            ))}
            <p className="spread">
              <span className="soft">{coupons.map(({ code }) => code).join(', ') || 'Total'}</span>
              <strong className="number">{total ? money(total) : '–'}</strong>
            </p>
          </>
        )
      }
    </Part>
  )
}

export function ReviewsOf({ id }: { id: string }) {
  return (
    <Part
      title="Reviews"
      permission="reviews:moderate"
      name={['reviews', 'of customer', id]}
      load={() => api.call('GET /api/reviews/queue', { query: { authorId: id, sort: 'newest', limit: FEW } })}
    >
      {({ items, next }) => (
        <>
          {items.length === 0 ? <p className="soft">Wrote none.</p> : null}
          {items.map(({ id: review, product, stars, title, text, state }) => (
            <div key={review}>
              <p className="spread">
                <span>
                  {product?.title ?? 'A product that is gone'}{' '}
                  <span role="img" aria-label={`${stars} of 5 stars`}>
                    {'★'.repeat(stars)}
                  </span>
                </span>
                <State of={state} />
              </p>
              <p className="small">
                <Link to={`/reviews?state=${state}&review=${review}`}>{title || text}</Link>
              </p>
            </div>
          ))}
          {next ? <p className="soft small">Only the newest {FEW} are shown.</p> : null}
        </>
      )}
    </Part>
  )
}

/** What happened to the account, as far back as it is kept. */
export function ActivityOf({ id }: { id: string }) {
  return (
    <Panel title="Activity">
      <Rows
        label="Activity"
        name={['customer', id, 'activity']}
        load={(cursor) => api.call('GET /api/users/{id}/activity', { path: { id }, query: { limit: 50, cursor } })}
        keyOf={(entry) => entry.id}
        empty="Nothing is known."
        columns={[
          { title: 'When', width: '11rem', cell: ({ at }) => when(at) },
          { title: 'What', width: 'minmax(8rem, 1fr)', cell: ({ kind }) => kind.replaceAll('-', ' ') },
          { title: 'More', width: 'minmax(8rem, 2fr)', cell: ({ details }) => inWords(details) },
        ]}
      />
    </Panel>
  )
}

const inWords = (details: Readonly<Record<string, unknown>>): string =>
  Object.entries(details)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ')
