import { Form } from 'react-router'
import type { Route } from './+types/cart'
import { apiOf, type Cart, isRefusal } from '../api.server.ts'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { EmptyStall } from '../components/pictures.tsx'
import { Price } from '../components/price.tsx'
import { Recommended } from '../components/recommended.tsx'
import { price } from '../i18n/format.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { besideCart } from '../recommendations.server.ts'
import { sessionOf } from '../session.server.ts'
import { Thumbnail } from '../components/thumbnail.tsx'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { user, cart } = sessionOf(context).value
  if (!user && !cart) return { cart: undefined, goesWith: undefined }
  const found = await apiOf(context, request).call('GET /api/cart')
  const products = found.lines.flatMap(({ productId }) => (productId ? [productId] : []))
  return { cart: found, goesWith: await besideCart(context, request, products) }
}

export async function action({ context, request }: Route.ActionArgs) {
  const api = apiOf(context, request)
  const form = await request.formData()
  const sku = String(form.get('sku') ?? '')
  const code = String(form.get('code') ?? '').trim()
  try {
    switch (form.get('do')) {
      case 'quantity': {
        const quantity = Math.max(0, Math.min(999, Math.trunc(Number(form.get('quantity'))) || 0))
        if (quantity === 0) await api.call('DELETE /api/cart/items/{sku}', { path: { sku } })
        else await api.call('PUT /api/cart/items/{sku}', { path: { sku }, body: { quantity } })
        break
      }
      case 'remove':
        await api.call('DELETE /api/cart/items/{sku}', { path: { sku } })
        break
      case 'redeem':
        if (code) await api.call('POST /api/cart/coupons', { body: { code } })
        break
      case 'unredeem':
        await api.call('DELETE /api/cart/coupons/{code}', { path: { code } })
        break
    }
    return { message: undefined }
  } catch (error) {
    if (isRefusal(error)) return { message: error.message }
    throw error
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({
    title: wordsOf(languageOf(location.pathname)).cart.title,
    description: wordsOf(languageOf(location.pathname)).cart.emptyHint,
    location,
    matches,
  })

export default function CartPage({ loaderData: { cart, goesWith }, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  if (!cart || cart.lines.length === 0) {
    return (
      <div className="page empty">
        <EmptyStall />
        <h1>{words.cart.empty}</h1>
        <p className="soft">{words.cart.emptyHint}</p>
        <Link className="button" to="/products">
          {words.cart.goOn}
        </Link>
      </div>
    )
  }
  return (
    <div className="page section stack">
      <h1>{words.cart.title}</h1>
      {cart.changed ? <p className="note">{words.cart.changed}</p> : null}
      {actionData?.message ? (
        <p className="note bad" role="alert">
          {actionData.message}
        </p>
      ) : null}
      <div className="beside">
        <ul className="lines">
          {cart.lines.map((line) => (
            <Line key={line.sku} line={line} />
          ))}
        </ul>
        <Sums cart={cart} />
      </div>
      <Recommended list={goesWith} />
    </div>
  )
}

function Line({ line }: { line: Cart['lines'][number] }) {
  const { language, words } = useSpeech()
  const title = line.title ?? line.sku
  return (
    <li>
      {line.imageUrl ? <Thumbnail url={line.imageUrl} /> : <span />}
      <div className="stack" style={{ gap: 'var(--s2)' }}>
        <p>
          <Link to={`/p/${line.productId}`}>{title}</Link>
          {line.variantTitle ? <span className="soft"> · {line.variantTitle}</span> : null}
        </p>
        {line.unitPrice ? (
          <p className="small soft">
            <Price now={line.unitPrice} before={line.listPrice} /> {words.cart.each}
          </p>
        ) : null}
        {line.status === 'out-of-stock' ? <p className="note bad small">{words.cart.outOfStock}</p> : null}
        {line.status === 'short' ? <p className="note bad small">{words.cart.short(line.available)}</p> : null}
        {line.status === 'not-on-sale' ? <p className="note bad small">{words.cart.notOnSale}</p> : null}
        <div className="row">
          <Form method="post" className="row" preventScrollReset>
            <input type="hidden" name="do" value="quantity" />
            <input type="hidden" name="sku" value={line.sku} />
            <input
              className="input number"
              style={{ width: '5rem' }}
              type="number"
              name="quantity"
              min={0}
              max={999}
              key={line.quantity}
              defaultValue={line.quantity}
              aria-label={`${words.cart.quantity}: ${title}`}
            />
            <button className="button quiet small" type="submit">
              {words.cart.update}
            </button>
          </Form>
          <Form method="post" preventScrollReset>
            <input type="hidden" name="do" value="remove" />
            <input type="hidden" name="sku" value={line.sku} />
            <button className="link" type="submit" aria-label={`${words.cart.remove}: ${title}`}>
              {words.cart.remove}
            </button>
          </Form>
        </div>
      </div>
      <p className="number">{line.total ? price(line.total, language) : ''}</p>
    </li>
  )
}

function Sums({ cart }: { cart: Cart }) {
  const { language, words } = useSpeech()
  return (
    <aside className="panel stack">
      <dl className="sums">
        {cart.subtotal ? (
          <>
            <dt>{words.cart.subtotal}</dt>
            <dd>{price(cart.subtotal, language)}</dd>
          </>
        ) : null}
        {cart.discount && cart.discount.amount > 0 ? (
          <>
            <dt>{words.cart.discount}</dt>
            <dd>−{price(cart.discount, language)}</dd>
          </>
        ) : null}
        {cart.total ? (
          <>
            <dt className="total">{words.cart.total}</dt>
            <dd className="total">{price(cart.total, language)}</dd>
          </>
        ) : null}
      </dl>
      {cart.orderable ? (
        <Link className="button" to="/checkout">
          {words.cart.checkout}
        </Link>
      ) : null}
      {cart.coupons.map((coupon) => (
        <Form key={coupon.code} method="post" className="spread" preventScrollReset>
          <input type="hidden" name="do" value="unredeem" />
          <input type="hidden" name="code" value={coupon.code} />
          <span>
            <strong>{coupon.code}</strong>
            {coupon.applied ? '' : ` – ${words.cart.couponNot}`}
          </span>
          <button className="link" type="submit">
            {words.cart.couponRemove}
          </button>
        </Form>
      ))}
      <Form method="post" className="field" preventScrollReset>
        <input type="hidden" name="do" value="redeem" />
        <label htmlFor="code">{words.cart.coupon}</label>
        <div className="row" style={{ flexWrap: 'nowrap' }}>
          <input id="code" name="code" maxLength={40} autoComplete="off" />
          <button className="button quiet small" type="submit">
            {words.cart.redeem}
          </button>
        </div>
      </Form>
      <Link to="/products">{words.cart.goOn}</Link>
    </aside>
  )
}
