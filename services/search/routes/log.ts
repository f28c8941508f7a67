import Type from 'typebox'
import { ChannelKey, Locale, Nullable, Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { descending, keyset, page } from '#kit/http/paging.ts'
import { anyone, can, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { SearchDeps } from '../deps.ts'
import { isPersonal } from '../personal.ts'
import { Words } from '../shapes.ts'
import { asked } from '../words.ts'

const Day = Type.String({ format: 'date' })
const share = Nullable(Type.Number({ minimum: 0 }))
const QueryView = closed({
  query: Type.String(),
  searches: Type.Integer(),
  nothing: Type.Integer({ description: 'searches that found nothing' }),
  results: Type.Integer({ description: 'products that the last search of the period found' }),
  clicks: Type.Integer(),
  orders: Type.Integer({
    description: 'orders of a product that was clicked, by somebody signed in, within a week; without cancelled ones',
  }),
  clickThrough: share,
  conversion: share,
})
const sorts = {
  searches: descending('q.searches', 'bigint'),
  nothing: descending('q.nothing', 'bigint'),
  clicks: descending('q.clicks', 'bigint'),
  orders: descending('q.orders', 'bigint'),
}
const list = keyset({ list: 'search queries', id: { column: 'q.query', type: 'text' }, sorts, initial: 'searches' })

export function logRoutes({ db, log }: SearchDeps): Route[] {
  return [
    post(
      '/api/search/clicks',
      {
        access: anyone,
        summary: 'Tell that a shopper chose a product of a search',
        body: closed({
          q: Words,
          productId: Uuid,
          position: Type.Integer({ minimum: 1, maximum: 10_000, description: 'counted from the top' }),
        }),
        rateLimit: { max: 60, windowSeconds: 60 },
      },
      async ({ tx, body, channel, locale, principal }) => {
        if (isPersonal(body.q)) return
        const query = asked(body.q).join(' ')
        // Who is quick chooses before the search itself is written down.
        await log.flush()
        await tx`
          insert into clicks (id, channel, locale, query, product_id, position, user_id)
          values (${uuidv7()}, ${channel}, ${locale}, ${query}, ${body.productId}, ${body.position}, ${principal.kind === 'user' ? principal.id : null})`
        // A click on what nobody searched for is not counted: anybody may call this.
        await tx`
          update query_days d set clicks = d.clicks + 1
           where (d.day, d.channel, d.locale, d.query) = (select l.day, l.channel, l.locale, l.query from query_days l
             where l.channel = ${channel} and l.locale = ${locale} and l.query = ${query} and l.day >= current_date - 1 order by l.day desc limit 1)`
      },
    ),
    get(
      '/api/search/queries',
      {
        access: can('search:write'),
        summary: 'What is searched for, what finds nothing, what is clicked and bought',
        query: list.query({
          from: Type.Optional(Day),
          to: Type.Optional(Day),
          channel: Type.Optional(ChannelKey),
          locale: Type.Optional(Locale),
          nothing: Type.Optional(Type.Boolean({ description: 'only questions that found nothing' })),
        }),
        response: page(QueryView),
      },
      async ({ query }) => {
        const at = list.position(query)
        type Row = { query: string; searches: bigint; nothing: bigint; results: number; clicks: bigint; orders: bigint }
        const rows = await db.read<Row[]>`
          select q.*, ${at.keys(db.read)} from (
            select d.query, sum(d.searches)::bigint as searches, sum(d.nothing)::bigint as nothing, sum(d.clicks)::bigint as clicks, sum(d.orders)::bigint as orders,
                   (array_agg(d.results order by d.day desc, d.searches desc))[1] as results
              from query_days d
             where d.day between coalesce(${query.from ?? null}::date, current_date - 30) and coalesce(${query.to ?? null}::date, current_date)
               and (${query.channel ?? null}::text is null or d.channel = ${query.channel ?? null})
               and (${query.locale ?? null}::text is null or d.locale = ${query.locale ?? null})
             group by d.query) q
           where (${query.nothing ?? false} = false or q.nothing > 0) ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, (row) => {
          const [searches, nothing, clicks, orders] = [row.searches, row.nothing, row.clicks, row.orders].map(Number) as [
            number,
            number,
            number,
            number,
          ]
          const of = (part: number) => (searches === 0 ? null : Math.round((part / searches) * 1000) / 1000)
          return {
            query: row.query,
            searches,
            nothing,
            results: row.results,
            clicks,
            orders,
            clickThrough: of(clicks),
            conversion: of(orders),
          }
        })
      },
    ),
  ]
}
