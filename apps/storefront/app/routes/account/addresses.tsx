import { useRef } from 'react'
import { Form, useSubmit } from 'react-router'
import type { Route } from './+types/addresses'
import { checkAddress, formatFor } from '../../address-check.server.ts'
import { apiOf, type Client } from '../../api.server.ts'
import { addressOf, detailsOf } from '../../checkout.server.ts'
import { AddressFields } from '../../components/address-fields.tsx'
import { AnswerNote } from '../../components/answer.tsx'
import { pageMeta } from '../../components/meta.ts'
import { answered, textOf } from '../../form-answer.server.ts'
import { countryName } from '../../i18n/format.ts'
import { type Language, languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'

const EMPTY = { name: '', company: '', line1: '', line2: '', postalCode: '', city: '', region: '', country: 'DE', phone: '' }

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  const api = apiOf(context, request)
  const [{ addresses }, format] = await Promise.all([api.call('GET /api/users/me/addresses'), formatFor(api, EMPTY.country)])
  return { addresses, format }
}

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const form = await request.formData()
  const api = apiOf(context, request)
  const addressId = textOf(form, 'addressId')
  if (!form.has('do')) return await addAddress(api, language, form)
  return await answered(language, async () => {
    switch (form.get('do')) {
      case 'remove':
        await api.call('DELETE /api/users/me/addresses/{addressId}', { path: { addressId } })
        return undefined
      case 'standard': {
        const {
          id: _id,
          version: _version,
          ...address
        } = await api.call('GET /api/users/me/addresses/{addressId}', { path: { addressId } })
        await api.call('PUT /api/users/me/addresses/{addressId}', {
          path: { addressId },
          body: { ...address, defaultShipping: true },
        })
        return undefined
      }
      default:
        return undefined
    }
  })
}

/** A new address is looked at first; the form comes back as it was sent, until it is kept. */
async function addAddress(api: Client, language: Language, form: FormData) {
  const words = wordsOf(language)
  const details = detailsOf(form)
  const address = addressOf(details)
  const { fields, insist } = await checkAddress(api, address, textOf(form, 'insist'), words)
  const format = await formatFor(api, details.country)
  if (form.get('only') === 'country') return { fields: {}, details, format }
  if (Object.keys(fields).length > 0) return { message: words.checkout.check, fields, insist, details, format }
  const saved = await answered(language, async () => {
    await api.call('POST /api/users/me/addresses', { body: address })
    return words.me.saved
  })
  return saved.done ? saved : { ...saved, details, format }
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).me.addresses, location, matches, hidden: true })

export default function Addresses({ loaderData, actionData }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  const { addresses } = loaderData
  const form = useRef<HTMLFormElement>(null)
  const submit = useSubmit()
  const asked = actionData && 'details' in actionData ? actionData : undefined
  const lookAtCountry = () => {
    if (!form.current) return
    const sent = new FormData(form.current)
    sent.set('only', 'country')
    void submit(sent, { method: 'post', preventScrollReset: true })
  }
  return (
    <div className="stack-wide">
      <section className="stack">
        <h2>{words.me.addresses}</h2>
        <AnswerNote answer={actionData} />
        {addresses.length === 0 ? <p className="soft">{words.me.noAddresses}</p> : null}
        <ul className="pair">
          {addresses.map((address) => (
            <li key={address.id} className="panel stack">
              <address style={{ fontStyle: 'normal' }}>
                {address.name}
                <br />
                {address.line1}
                <br />
                {address.postalCode} {address.city}
                <br />
                {countryName(address.country, language)}
              </address>
              {address.defaultShipping ? <p className="tag">{words.me.standard}</p> : null}
              <div className="row">
                {address.defaultShipping ? null : (
                  <Form method="post">
                    <input type="hidden" name="addressId" value={address.id} />
                    <button className="link" type="submit" name="do" value="standard">
                      {words.me.makeStandard}
                    </button>
                  </Form>
                )}
                <Form method="post">
                  <input type="hidden" name="addressId" value={address.id} />
                  <button
                    className="link"
                    type="submit"
                    name="do"
                    value="remove"
                    aria-label={`${words.me.remove}: ${address.line1}`}
                  >
                    {words.me.remove}
                  </button>
                </Form>
              </div>
            </li>
          ))}
        </ul>
      </section>
      <Form method="post" ref={form} className="stack" style={{ maxWidth: '40rem' }} key={addresses.length} preventScrollReset>
        <h2>{words.me.addAddress}</h2>
        <AddressFields
          values={asked?.details ?? EMPTY}
          wrong={actionData?.fields ?? {}}
          format={asked?.format ?? loaderData.format}
          insist={asked && 'insist' in asked ? asked.insist : undefined}
          onCountry={lookAtCountry}
        />
        <button className="button" type="submit">
          {words.me.save}
        </button>
      </Form>
    </div>
  )
}
