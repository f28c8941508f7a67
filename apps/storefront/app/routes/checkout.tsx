import { useRef } from 'react'
import { Form, redirect, useNavigation, useSubmit } from 'react-router'
import type { Route } from './+types/checkout'
import { visitContext } from '../../server/visit.ts'
import { checkAddress, formatFor } from '../address-check.server.ts'
import { apiOf, type Cart, type Client, orElse, SoukError } from '../api.server.ts'
import { addressOf, type Details, detailsOf, explain, inFlight, offerFor, placeOrder, purchaseOf } from '../checkout.server.ts'
import { AddressFields } from '../components/address-fields.tsx'
import { Field } from '../components/field.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { OrderSums } from '../components/order-sums.tsx'
import { PayWays } from '../components/pay-ways.tsx'
import { price } from '../i18n/format.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { sessionOf } from '../session.server.ts'

const NOTHING: Details = detailsOfNothing()

function detailsOfNothing(): Details {
  return {
    email: '', name: '', company: '', line1: '', line2: '', postalCode: '', city: '', region: '', country: '', phone: '',
    shippingOptionId: '', giftCard: '', paymentMethodId: '',
  } // biome-ignore format: one list
}

export async function loader({ context, request }: Route.LoaderArgs) {
  const api = apiOf(context, request, { ended: 'sign-in' })
  const { user, cart: secret, country } = sessionOf(context).value
  const language = languageOf(new URL(request.url).pathname)
  const cart = user || secret ? await api.call('GET /api/cart') : undefined
  if (!cart?.orderable) throw redirect(inLanguage(language, '/cart'))
  const [channels, me, addresses, methods] = await Promise.all([
    orElse(api.call('GET /api/channels'), { items: [] }),
    user ? orElse(api.call('GET /api/users/me'), undefined) : undefined,
    user ? orElse(api.call('GET /api/users/me/addresses'), { addresses: [] }) : { addresses: [] },
    user ? orElse(api.call('GET /api/payments/methods'), { items: [] }) : { items: [] },
  ])
  const home = addresses.addresses.find(({ defaultShipping }) => defaultShipping) ?? addresses.addresses[0]
  const known: Details = {
    ...NOTHING,
    country: home?.country ?? country ?? channels.items[0]?.country ?? 'DE',
    email: me?.email ?? '',
    name: home?.name ?? me?.fullName ?? '',
    ...(home
      ? { line1: home.line1, line2: home.line2 ?? '', postalCode: home.postalCode, city: home.city, region: home.region ?? '' }
      : {}),
  }
  return {
    cart,
    known,
    ...(await forCountry(api, cart, known.country, '', known.email)),
    member: user !== undefined,
    methods: methods.items.map(({ id, label }) => ({ id, label })),
    demo: context.get(visitContext).demo,
    key: globalThis.crypto.randomUUID(),
  }
}

/** What a country decides: how to send there, and how an address is written there. */
async function forCountry(api: Client, cart: Cart, country: string, wished: string, email: string) {
  const [offer, format] = await Promise.all([offerFor(api, cart, country, wished, email), formatFor(api, country)])
  return { offer, format }
}

export async function action({ context, request }: Route.ActionArgs) {
  const language = languageOf(new URL(request.url).pathname)
  const api = apiOf(context, request, { ended: 'sign-in' })
  const session = sessionOf(context)
  const form = await request.formData()
  const details = detailsOf(form)
  const pay = form.get('do') === 'pay'
  if (form.get('as') === 'member' && !session.value.user) {
    // the cart is the account's, and waits there
    session.change({ notice: wordsOf(language).checkout.signedOut })
    return redirect(inLanguage(language, `/sign-in?to=${encodeURIComponent(inLanguage(language, '/checkout'))}`))
  }
  session.change({ country: details.country })
  const words = wordsOf(language)
  const again = async (message?: string, fields: Readonly<Record<string, string>> = {}, insist?: string) => {
    const cart = await api.call('GET /api/cart')
    if (!cart.orderable) throw redirect(inLanguage(language, '/cart'))
    const { country, shippingOptionId, email } = details
    const shown = await forCountry(api, cart, country, shippingOptionId, email)
    const unsent = pay && !shown.offer.quote ? words.checkout.noShipping : undefined
    return { message: unsent ?? message, fields, insist, details, ...shown, key: globalThis.crypto.randomUUID() as string }
  }
  if (!pay) return await again()
  const address = await checkAddress(api, addressOf(details), String(form.get('insist') ?? ''), words)
  if (Object.keys(address.fields).length > 0)
    return await again(address.insist ? words.checkout.addressDoubt : words.checkout.check, address.fields, address.insist)
  const purchase = purchaseOf(form)
  try {
    const order = await placeOrder(api, { purchase, details, member: session.value.user !== undefined })
    if (order.guestToken) session.rememberOrder(order.id, order.guestToken)
    session.change({
      cart: session.value.user ? session.value.cart : undefined,
      challenge: order.payment.challengeUrl ? { order: order.id, url: order.payment.challengeUrl } : undefined,
    })
    return redirect(inLanguage(language, `/orders/${order.id}?new=1`))
  } catch (error) {
    if (!(error instanceof SoukError)) throw error
    const { message, fields } = explain(error, words)
    // Nobody knows what came of it: the same form under the same key says so when it is sent again. A new key could lose an order that exists.
    if (error.status >= 500 || inFlight(error))
      return {
        message,
        fields,
        insist: String(form.get('insist') ?? ''),
        details,
        offer: undefined,
        format: undefined,
        key: purchase.key,
      }
    return await again(message, fields)
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).checkout.title, location, matches, hidden: true })

export default function Checkout({ loaderData, actionData }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  const { cart, member, demo, methods } = loaderData
  const details = actionData?.details ?? loaderData.known
  const offer = actionData?.offer ?? loaderData.offer
  const format = actionData?.format ?? loaderData.format
  const wrong = actionData?.fields ?? {}
  const navigation = useNavigation()
  const paying = navigation.formData?.get('do') === 'pay'
  const form = useRef<HTMLFormElement>(null)
  const submit = useSubmit()
  const refresh = () => {
    if (form.current) void submit(form.current, { preventScrollReset: true })
  }
  return (
    <div className="page section stack">
      <h1>{words.checkout.title}</h1>
      {actionData?.message ? (
        <p className="note bad" role="alert" tabIndex={-1}>
          {actionData.message}
        </p>
      ) : null}
      <Form method="post" ref={form} className="beside" preventScrollReset>
        <div className="stack-wide">
          <section className="stack">
            <h2>{words.checkout.contact}</h2>
            {member ? (
              <p>{details.email}</p>
            ) : (
              <>
                <Field
                  label={words.checkout.email}
                  name="email"
                  type="email"
                  required
                  autoComplete="email"
                  defaultValue={details.email}
                  wrong={wrong['email']}
                />
                <p className="small">
                  {words.checkout.haveAccount} <Link to="/sign-in?to=/checkout">{words.account.signIn}</Link>
                </p>
              </>
            )}
          </section>
          <section className="stack">
            <h2>{words.checkout.address}</h2>
            <AddressFields values={details} wrong={wrong} format={format} insist={actionData?.insist} onCountry={refresh} />
          </section>
          <section className="stack">
            <div className="spread">
              <h2>{words.checkout.shipping}</h2>
              <button className="link" type="submit" name="do" value="update" formNoValidate>
                {words.checkout.update}
              </button>
            </div>
            {offer.options.length === 0 ? <p className="note bad">{words.checkout.noShipping}</p> : null}
            {offer.options.map((option) => (
              <label key={option.id} className="choice">
                <input
                  type="radio"
                  name="shippingOptionId"
                  value={option.id}
                  defaultChecked={option.id === offer.chosen}
                  onChange={refresh}
                />
                <span>
                  {option.name}
                  <span className="soft small"> · {words.checkout.days(option.minDays, option.maxDays)}</span>
                </span>
                <span className="number">{option.price.amount === 0 ? words.checkout.free : price(option.price, language)}</span>
              </label>
            ))}
          </section>
          <section className="stack">
            <h2>{words.checkout.payment}</h2>
            <PayWays methods={methods} demo={demo} chosen={details.paymentMethodId} />
            <Field
              label={words.checkout.giftCard}
              name="giftCard"
              maxLength={40}
              autoComplete="off"
              defaultValue={details.giftCard}
              wrong={wrong['giftCardCodes']}
            />
          </section>
        </div>
        <aside className="panel stack">
          <h2>{words.checkout.review}</h2>
          <ul className="stack">
            {cart.lines.map((line) => (
              <li key={line.sku} className="spread" style={{ flexWrap: 'nowrap' }}>
                <span>
                  {line.quantity} × {line.title ?? line.sku}
                  {line.variantTitle ? <span className="soft"> · {line.variantTitle}</span> : null}
                </span>
                <span className="number">{line.total ? price(line.total, language) : ''}</span>
              </li>
            ))}
          </ul>
          {offer.quote ? <OrderSums {...offer.quote} /> : null}
          <input type="hidden" name="key" value={actionData?.key ?? loaderData.key} />
          <input type="hidden" name="as" value={member ? 'member' : 'guest'} />
          <input type="hidden" name="cart" value={cart.id ?? ''} />
          <input type="hidden" name="total" value={offer.quote?.total ?? 0} />
          <input type="hidden" name="currency" value={offer.quote?.currency ?? ''} />
          {offer.quote?.coupons
            .filter(({ applied }) => applied)
            .map(({ code }) => (
              <input key={code} type="hidden" name="coupon" value={code} />
            ))}
          <button className="button" type="submit" name="do" value="pay" disabled={paying || !offer.quote}>
            {paying ? words.checkout.paying : words.checkout.pay}
          </button>
          <p className="soft small">{words.checkout.legal}</p>
        </aside>
      </Form>
    </div>
  )
}
