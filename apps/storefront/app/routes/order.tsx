import { useEffect } from 'react'
import { Form, redirect, useLocation, useRevalidator, useSearchParams } from 'react-router'
import type { Route } from './+types/order'
import { visitContext } from '../../server/visit.ts'
import { type Order, orElse, isRefusal, unlessMissing } from '../api.server.ts'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { OrderSums } from '../components/order-sums.tsx'
import { Parcels } from '../components/parcels.tsx'
import { PayWays } from '../components/pay-ways.tsx'
import { countryName, moment, price } from '../i18n/format.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { orderCalls, orderMissing } from '../order.server.ts'
import { sessionOf } from '../session.server.ts'

/** How often a page looks again while something is about to happen. */
const LOOK_EVERY_MS = 3_000
const RETURNABLE = new Set<Order['status']>(['DELIVERED', 'COMPLETED'])
const TONES: Partial<Record<Order['status'], string>> = { PENDING: 'note', CANCELLED: 'note bad' }
const CHANGING = new Set<Order['status']>(['PENDING', 'CONFIRMED', 'SHIPPED'])

export async function loader({ context, request, params: { id } }: Route.LoaderArgs) {
  const { api, options } = orderCalls(context, request, id)
  const path = { id }
  const order = await unlessMissing(api.call('GET /api/orders/{id}', { path }, options))
  if (!order) throw orderMissing(context, request, id)
  const [timeline, parcels] = await Promise.all([
    orElse(api.call('GET /api/orders/{id}/timeline', { path }, options), { items: [] }),
    orElse(api.call('GET /api/orders/{id}/parcels', { path }, options), undefined),
  ])
  const { challenge, user } = sessionOf(context).value
  const methods =
    user && order.status === 'PENDING' ? await orElse(api.call('GET /api/payments/methods'), { items: [] }) : { items: [] }
  const search = new URL(request.url).searchParams
  return {
    order,
    timeline: timeline.items,
    parcels: parcels?.items,
    methods: methods.items.map(({ id: method, label }) => ({ id: method, label })),
    demo: context.get(visitContext).demo,
    challenge:
      challenge?.order === id && order.status === 'PENDING' && !search.has('answered')
        ? withWayBack(challenge.url, new URL(request.url).pathname.replace(/\.data$/, ''))
        : undefined,
  }
}

/** The bank leads back here, and this page then waits for what the bank tells the shop. */
function withWayBack(url: string, path: string): string {
  const address = new URL(url)
  address.searchParams.set('back', `${path}?new=1`)
  return address.href
}

export async function action({ context, request, params: { id } }: Route.ActionArgs) {
  const { api, options } = orderCalls(context, request, id)
  const session = sessionOf(context)
  const form = await request.formData()
  try {
    if (form.get('do') === 'pay') {
      const paymentMethodId = String(form.get('paymentMethodId') ?? '').slice(0, 200)
      const expectedTotal = { amount: Number(form.get('total')), currency: String(form.get('currency')) }
      const { payment } = await api.call(
        'PUT /api/orders/{id}/confirm',
        { path: { id }, query: { paymentMethodId }, body: { expectedTotal } },
        { ...options, timeoutMs: 15_000 },
      )
      session.change({ challenge: payment.challengeUrl ? { order: id, url: payment.challengeUrl } : undefined })
      // what an earlier answer of the bank left in the address would hide its new question
      if (payment.challengeUrl) return redirect(inLanguage(languageOf(new URL(request.url).pathname), `/orders/${id}`))
    } else await api.call('PUT /api/orders/{id}/cancel', { path: { id } }, options)
    return { message: undefined }
  } catch (error) {
    if (isRefusal(error)) return { message: error.message }
    throw error
  }
}

export const meta: Route.MetaFunction = ({ loaderData, location, matches }) => {
  const { order } = wordsOf(languageOf(location.pathname))
  return pageMeta({ title: order.title(loaderData?.order.number ?? ''), location, matches, hidden: true })
}

export default function OrderPage({
  loaderData: { order, timeline, parcels, challenge, methods, demo },
  actionData,
}: Route.ComponentProps) {
  const { language, words } = useSpeech()
  const [search] = useSearchParams()
  const { pathname } = useLocation()
  const address = order.shippingAddress
  useLooking(CHANGING.has(order.status))
  return (
    <div className="page section stack-wide">
      <header className="stack">
        {search.has('new') && order.status !== 'CANCELLED' ? (
          <>
            <p className="soft">{words.order.title(order.number)}</p>
            <h1>{words.order.thanks}</h1>
            {order.email ? <p>{words.order.thanksText(order.email)}</p> : null}
          </>
        ) : (
          <h1>{words.order.title(order.number)}</h1>
        )}
        <p className={TONES[order.status] ?? 'note good'} role="status" data-status={order.status}>
          {words.order.status[order.status]}
        </p>
        {challenge ? (
          <p className="note spread">
            {words.order.challenge}
            <a className="button" href={challenge}>
              {words.order.challengeGo}
            </a>
          </p>
        ) : null}
        {order.status === 'PENDING' && !challenge ? (
          <>
            <div className="waiting" role="status">
              <p>{words.order.pending}</p>
              <noscript>
                <a href={pathname}>{words.order.refresh}</a>
              </noscript>
            </div>
            {methods.length > 0 || demo ? (
              <details open={!search.has('new')}>
                <summary>{words.order.notPaid}</summary>
                <Form method="post" className="stack">
                  <PayWays methods={methods} demo={demo} />
                  <input type="hidden" name="total" value={order.total.amount} />
                  <input type="hidden" name="currency" value={order.total.currency} />
                  <button className="button" type="submit" name="do" value="pay">
                    {words.order.payNow(
                      price({ ...order.total, amount: order.total.amount - order.giftCardPaid.amount }, language),
                    )}
                  </button>
                </Form>
              </details>
            ) : null}
          </>
        ) : null}
        {actionData?.message ? (
          <p className="note bad" role="alert">
            {actionData.message}
          </p>
        ) : null}
      </header>
      <div className="beside">
        <div className="stack-wide">
          <section className="stack">
            <h2>{words.order.timeline}</h2>
            <ol className="timeline">
              {timeline.map(({ to, at }) => (
                <li key={`${to} ${at}`}>
                  <p>{words.order.status[to]}</p>
                  <p className="soft small">{moment(at, language)}</p>
                </li>
              ))}
            </ol>
          </section>
          {parcels?.length === 0 ? null : (
            <section className="stack">
              <h2>{words.order.parcels}</h2>
              {parcels ? <Parcels parcels={parcels} /> : <p className="soft">{words.order.parcelsUnknown}</p>}
            </section>
          )}
          {address ? (
            <section className="stack">
              <h2>{words.order.sendTo}</h2>
              <address style={{ fontStyle: 'normal' }}>
                {[
                  address.name,
                  address.company,
                  address.line1,
                  address.line2,
                  `${address.postalCode} ${address.city}`,
                  countryName(address.country, language),
                ]
                  .filter(Boolean)
                  .map((line) => (
                    <span key={line} style={{ display: 'block' }}>
                      {line}
                    </span>
                  ))}
              </address>
            </section>
          ) : null}
        </div>
        <aside className="panel stack">
          <h2>{words.order.items}</h2>
          <ul className="stack">
            {order.items.map((item) => (
              <li key={item.lineId} className="spread" style={{ flexWrap: 'nowrap' }}>
                <span>
                  {item.quantity} × {item.title}
                </span>
                <span className="number">{price(item.total, language)}</span>
              </li>
            ))}
          </ul>
          <OrderSums
            currency={order.total.currency}
            subtotal={order.subtotal.amount}
            discount={order.discount.amount}
            shipping={order.shipping.amount}
            tax={order.tax.amount}
            taxIncluded={order.taxIncluded}
            total={order.total.amount}
          />
          {order.status === 'PENDING' || order.status === 'CANCELLED' ? null : (
            <a href={inLanguage(language, `/orders/${order.id}/invoice`)}>{words.order.invoice}</a>
          )}
          {RETURNABLE.has(order.status) ? <Link to={`/orders/${order.id}/return`}>{words.returns.open}</Link> : null}
          {order.status === 'PENDING' || order.status === 'CONFIRMED' ? (
            <Form method="post">
              <button className="button quiet small" type="submit">
                {words.order.cancel}
              </button>
            </Form>
          ) : null}
        </aside>
      </div>
    </div>
  )
}

/** Looks again while the page is seen; a page in the background asks nothing. */
function useLooking(on: boolean): void {
  const { revalidate } = useRevalidator()
  useEffect(() => {
    if (!on) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void revalidate()
    }, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [on, revalidate])
}
