import { Form } from 'react-router'
import type { Route } from './+types/addresses'
import { apiOf } from '../../api.server.ts'
import { detailsOf } from '../../checkout.server.ts'
import { AddressFields } from '../../components/address-fields.tsx'
import { AnswerNote } from '../../components/answer.tsx'
import { pageMeta } from '../../components/meta.ts'
import { answered, textOf } from '../../form-answer.server.ts'
import { countryName } from '../../i18n/format.ts'
import { languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  return await apiOf(context, request).call('GET /api/users/me/addresses')
}

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const form = await request.formData()
  const api = apiOf(context, request)
  const addressId = textOf(form, 'addressId')
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
      default: {
        const { name, company, line1, line2, postalCode, city, region, country, phone } = detailsOf(form)
        const optional = Object.fromEntries(Object.entries({ company, line2, region, phone }).filter(([, value]) => value !== ''))
        await api.call('POST /api/users/me/addresses', { body: { name, line1, postalCode, city, country, ...optional } })
        return wordsOf(language).me.saved
      }
    }
  })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).me.addresses, location, matches, hidden: true })

const EMPTY = { name: '', company: '', line1: '', line2: '', postalCode: '', city: '', region: '', country: 'DE', phone: '' }

export default function Addresses({ loaderData: { addresses }, actionData }: Route.ComponentProps) {
  const { language, words } = useSpeech()
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
      <Form method="post" className="stack" style={{ maxWidth: '40rem' }} key={addresses.length}>
        <h2>{words.me.addAddress}</h2>
        <AddressFields values={EMPTY} wrong={actionData?.fields ?? {}} />
        <button className="button" type="submit">
          {words.me.save}
        </button>
      </Form>
    </div>
  )
}
