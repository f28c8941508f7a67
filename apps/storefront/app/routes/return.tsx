import { Form } from 'react-router'
import type { Route } from './+types/return'
import { type Client, type Order, orElse, type Product, unlessMissing } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Crumbs } from '../components/crumbs.tsx'
import { pageMeta } from '../components/meta.ts'
import { EmptyStall } from '../components/pictures.tsx'
import { answered, textOf } from '../form-answer.server.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { orderCalls, orderMissing } from '../order.server.ts'

const REASONS = ['changed-mind', 'wrong-size', 'wrong-item', 'not-as-described', 'damaged', 'defective', 'late', 'other'] as const
type Reason = (typeof REASONS)[number]

export async function loader({ context, request, params: { id } }: Route.LoaderArgs) {
  const { api, options } = orderCalls(context, request, id)
  const order = await unlessMissing(api.call('GET /api/orders/{id}', { path: { id } }, options))
  if (!order) throw orderMissing(context, request, id)
  const [{ items }, wanted] = await Promise.all([
    orElse(api.call('GET /api/orders/{id}/returns', { path: { id } }, options), { items: [] }),
    othersOf(api, order),
  ])
  return { order, returns: items, wanted }
}

/** What each line could be exchanged for: the other variants of the product that are there. */
async function othersOf(api: Client, order: Order): Promise<Record<string, { sku: string; title: string }[]>> {
  const products = await Promise.all(
    [...new Set(order.items.map(({ productId }) => productId))].map((id) =>
      orElse(unlessMissing(api.call('GET /api/products/{id}', { path: { id } })), undefined),
    ),
  )
  const titleOf = (product: Product, variant: Product['variants'][number]) =>
    product.options
      .map(({ key, values }) => values.find((one) => one.key === variant.options[key])?.title ?? variant.options[key])
      .join(', ')
  return Object.fromEntries(
    order.items.map((item) => {
      const product = products.find((one) => one?.id === item.productId)
      const others = product?.variants.filter(({ sku, inStock, price }) => sku !== item.sku && inStock && price) ?? []
      return [item.lineId, others.map((variant) => ({ sku: variant.sku, title: titleOf(product!, variant) }))]
    }),
  )
}

export async function action({ context, request, params: { id } }: Route.ActionArgs) {
  const language = languageOf(new URL(request.url).pathname)
  const words = wordsOf(language)
  const form = await request.formData()
  const lines = form.getAll('lineId').flatMap((value) => {
    const lineId = String(value)
    const quantity = Math.trunc(Number(form.get(`quantity-${lineId}`))) || 0
    const reason = REASONS.find((one) => one === form.get(`reason-${lineId}`)) ?? 'other'
    return quantity > 0 ? [{ lineId, quantity, reason: reason as Reason, wantedSku: textOf(form, `wanted-${lineId}`) }] : []
  })
  if (lines.length === 0) return { message: words.returns.none, fields: {} }
  const { api, options } = orderCalls(context, request, id)
  const comment = textOf(form, 'comment')
  return await answered(language, async () => {
    const more = comment ? { comment } : {}
    const back = lines.filter(({ wantedSku }) => !wantedSku).map(({ wantedSku: _, ...line }) => line)
    const exchanged = lines.filter(({ wantedSku }) => wantedSku)
    const path = { id }
    if (back.length > 0) await api.call('POST /api/orders/{id}/returns', { path, body: { lines: back, ...more } }, options)
    if (exchanged.length > 0)
      await api.call('POST /api/orders/{id}/exchanges', { path, body: { lines: exchanged, ...more } }, options)
    return words.returns.asked
  })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).returns.title, location, matches, hidden: true })

export default function ReturnPage({ loaderData: { order, returns, wanted }, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  return (
    <div className="page section stack" style={{ maxWidth: '48rem' }}>
      <Crumbs trail={[{ title: words.order.title(order.number), to: `/orders/${order.id}` }]} here={words.returns.title} />
      <h1>{words.returns.title}</h1>
      <AnswerNote answer={actionData} />
      {returns.length > 0 ? (
        <section className="stack">
          <h2>{words.returns.existing}</h2>
          {returns.map((one) => (
            <div key={one.id} className="panel spread">
              <span>{one.lines.map(({ title, quantity }) => `${quantity} × ${title}`).join(', ')}</span>
              <strong>{words.returns.status[one.status]}</strong>
              {one.labelUrl ? <a href={one.labelUrl}>{words.returns.label}</a> : null}
            </div>
          ))}
        </section>
      ) : null}
      {order.items.length === 0 ? (
        <div className="empty">
          <EmptyStall />
        </div>
      ) : (
        <Form method="post" className="stack">
          {order.items.map((item) => (
            <fieldset key={item.lineId} className="panel stack">
              <legend className="legend">{item.title}</legend>
              <input type="hidden" name="lineId" value={item.lineId} />
              <div className="pair">
                <div className="field">
                  <label htmlFor={`quantity-${item.lineId}`}>{words.returns.quantity}</label>
                  <input
                    id={`quantity-${item.lineId}`}
                    name={`quantity-${item.lineId}`}
                    type="number"
                    min={0}
                    max={item.quantity}
                    defaultValue={0}
                  />
                </div>
                <div className="field">
                  <label htmlFor={`reason-${item.lineId}`}>{words.returns.reason}</label>
                  <select id={`reason-${item.lineId}`} name={`reason-${item.lineId}`}>
                    {REASONS.map((reason) => (
                      <option key={reason} value={reason}>
                        {words.returns.reasons[reason]}
                      </option>
                    ))}
                  </select>
                </div>
              </div>
              {wanted[item.lineId]?.length ? (
                <div className="field">
                  <label htmlFor={`wanted-${item.lineId}`}>{words.returns.want}</label>
                  <select
                    id={`wanted-${item.lineId}`}
                    name={`wanted-${item.lineId}`}
                    aria-describedby={`wanted-${item.lineId}-hint`}
                  >
                    <option value="">{words.returns.moneyBack}</option>
                    {wanted[item.lineId]?.map(({ sku, title }) => (
                      <option key={sku} value={sku}>
                        {words.returns.exchangeFor(title)}
                      </option>
                    ))}
                  </select>
                  <span className="hint" id={`wanted-${item.lineId}-hint`}>
                    {words.returns.exchangeText}
                  </span>
                </div>
              ) : null}
            </fieldset>
          ))}
          <div className="field">
            <label htmlFor="comment">{words.returns.comment}</label>
            <textarea id="comment" name="comment" rows={3} maxLength={500} />
          </div>
          <button className="button" type="submit">
            {words.returns.ask}
          </button>
        </Form>
      )}
    </div>
  )
}
