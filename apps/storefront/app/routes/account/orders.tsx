import type { Route } from './+types/orders'
import { apiOf } from '../../api.server.ts'
import { Link } from '../../components/link.tsx'
import { pageMeta } from '../../components/meta.ts'
import { EmptyStall } from '../../components/pictures.tsx'
import { day, price } from '../../i18n/format.ts'
import { languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  const api = apiOf(context, request)
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined
  const { items, next } = await api.call('GET /api/orders', { query: { limit: 20, cursor } })
  return { orders: items, next }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).shop.account, location, matches, hidden: true })

export default function Orders({ loaderData: { orders, next } }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  return (
    <section className="stack">
      <h2>{words.account.orders}</h2>
      {orders.length === 0 ? (
        <div className="empty">
          <EmptyStall />
          <p>{words.account.noOrders}</p>
          <p className="soft">{words.account.noOrdersHint}</p>
        </div>
      ) : (
        <ul className="stack">
          {orders.map((order) => (
            <li key={order.id} className="panel spread">
              <Link to={`/orders/${order.id}`}>{order.number}</Link>
              <span className="soft">{day(order.placedAt, language)}</span>
              <span>{words.order.status[order.status]}</span>
              <span className="number">{price(order.total, language)}</span>
            </li>
          ))}
        </ul>
      )}
      {next ? (
        <a className="button quiet" href={`?after=${encodeURIComponent(next)}`}>
          {words.list.more}
        </a>
      ) : null}
    </section>
  )
}
