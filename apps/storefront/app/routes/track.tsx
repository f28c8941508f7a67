import { Form, redirect, useNavigation } from 'react-router'
import type { Route } from './+types/track'
import { apiOf, type Client, isRefusal, unlessMissing } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Field } from '../components/field.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { ParcelSteps } from '../components/parcels.tsx'
import { explain } from '../checkout.server.ts'
import { textOf } from '../form-answer.server.ts'
import { inLanguage, languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { sessionOf } from '../session.server.ts'

/** Guests find their order, and anybody a parcel, by what stands on paper or in a mail. A mail's link opens the order at once. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { searchParams, pathname } = new URL(request.url)
  const id = searchParams.get('order')
  if (id !== null) {
    const token = searchParams.get('token') ?? ''
    // it goes into a cookie
    const opens = token.length <= 100 && (await opensOrder(apiOf(context, request), id, token))
    if (!opens) return { number: '', parcel: undefined, linkOver: true }
    sessionOf(context).rememberOrder(id, token)
    throw redirect(inLanguage(languageOf(pathname), `/orders/${id}`))
  }
  const number = searchParams.get('parcel')?.trim().slice(0, 60) ?? ''
  if (!/^[A-Za-z0-9-]{4,}$/.test(number)) return { number, parcel: undefined, linkOver: false }
  const asked = apiOf(context, request).call('GET /api/delivery/tracking/{trackingNumber}', { path: { trackingNumber: number } })
  return { number, parcel: await unlessMissing(asked), linkOver: false }
}

/** The link in a guest's mail brings the secret of the order; nobody keeps a wrong one. */
async function opensOrder(api: Client, id: string, token: string): Promise<boolean> {
  const asked = api.call('GET /api/orders/{id}', { path: { id } }, { headers: { 'x-guest-token': token } })
  return (await unlessMissing(asked, { orWrong: true })) !== undefined
}

export async function action({ context, request }: Route.ActionArgs) {
  const language = languageOf(new URL(request.url).pathname)
  const form = await request.formData()
  const body = { number: textOf(form, 'number').slice(0, 40), email: textOf(form, 'email').slice(0, 254) }
  try {
    const { id, guestToken } = await apiOf(context, request).call('POST /api/orders/lookup', { body })
    sessionOf(context).rememberOrder(id, guestToken)
    return redirect(inLanguage(language, `/orders/${id}`))
  } catch (error) {
    if (!isRefusal(error)) throw error
    const words = wordsOf(language)
    if (error.status === 404) return { ...body, message: words.track.notFound, fields: {} }
    return { ...body, ...explain(error, words) }
  }
}

export const meta: Route.MetaFunction = ({ location, matches }) => {
  const { track } = wordsOf(languageOf(location.pathname))
  return pageMeta({ title: track.title, description: track.orderText, location, matches })
}

export default function Track({ loaderData: { number, parcel, linkOver }, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const busy = useNavigation().formMethod === 'POST'
  return (
    <div className="page section stack-wide" style={{ maxWidth: '48rem' }}>
      <h1>{words.track.title}</h1>
      <section className="panel stack">
        <h2>{words.track.order}</h2>
        <p className="soft">{words.track.orderText}</p>
        <AnswerNote answer={actionData ?? (linkOver ? { message: words.track.linkOver } : undefined)} />
        <Form method="post" className="stack">
          <Field
            label={words.order.number}
            name="number"
            required
            maxLength={40}
            autoComplete="off"
            defaultValue={actionData?.number ?? ''}
            wrong={actionData?.fields['number']}
          />
          <Field
            label={words.account.email}
            name="email"
            type="email"
            required
            autoComplete="email"
            maxLength={254}
            defaultValue={actionData?.email ?? ''}
            wrong={actionData?.fields['email']}
          />
          <button className="button" type="submit" disabled={busy}>
            {words.track.show}
          </button>
        </Form>
        <p className="small">
          {words.checkout.haveAccount} <Link to="/account">{words.account.orders}</Link>
        </p>
      </section>
      <section className="panel stack">
        <h2>{words.track.parcel}</h2>
        <Form className="stack">
          <Field
            label={words.track.parcelNumber}
            name="parcel"
            required
            minLength={4}
            maxLength={60}
            autoComplete="off"
            defaultValue={number}
          />
          <button className="button quiet" type="submit">
            {words.track.show}
          </button>
        </Form>
        {parcel ? (
          <Parcel parcel={parcel} />
        ) : number ? (
          <p className="note bad" role="alert">
            {words.track.noParcel}
          </p>
        ) : null}
      </section>
    </div>
  )
}

function Parcel({ parcel }: { parcel: NonNullable<Route.ComponentProps['loaderData']['parcel']> }) {
  const { words } = useSpeech()
  return (
    <div className="stack" role="status">
      <p>
        <strong>{words.track.states[parcel.status]}</strong> <span className="soft">· {parcel.carrier}</span>
      </p>
      <ParcelSteps steps={parcel.events.map(({ status, at }) => ({ state: status, at }))} />
    </div>
  )
}
