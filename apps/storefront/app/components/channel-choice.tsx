import { Form, useLocation, useSubmit } from 'react-router'
import { useSpeech } from '../i18n/language.ts'
import { useShop } from '../root.tsx'

/** Where there is more than one sales channel: country and currency. */
export function ChannelChoice() {
  const { words } = useSpeech()
  const { pathname, search } = useLocation()
  const shop = useShop()
  const submit = useSubmit()
  if (!shop || shop.channels.length < 2) return null
  return (
    <Form method="post" action="/channel" className="field">
      <input type="hidden" name="to" value={pathname + search} />
      <label htmlFor="channel">{words.shop.currency}</label>
      <div className="row" style={{ flexWrap: 'nowrap' }}>
        <select
          id="channel"
          name="channel"
          key={shop.channel?.key}
          defaultValue={shop.channel?.key}
          onChange={(event) => void submit(event.currentTarget.form)}
        >
          {shop.channels.map(({ key, name, currency }) => (
            <option key={key} value={key}>
              {name} · {currency}
            </option>
          ))}
        </select>
        <noscript>
          <button className="button quiet small" type="submit">
            {words.list.apply}
          </button>
        </noscript>
      </div>
    </Form>
  )
}
