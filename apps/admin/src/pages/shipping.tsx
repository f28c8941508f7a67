import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Select, Tick } from '../parts/select.tsx'
import { amountIn, money, State, typedAmount } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { Wide } from '../parts/wide.tsx'
import { api } from '../session.ts'

const PERMISSION = 'channels:write'
const ZONES = ['home', 'eu', 'world'] as const
type Option = Answer<'GET /api/delivery/shipping-options'>['items'][number]

/** How goods get to people, what it costs, and how long it takes. */
export function Shipping() {
  const { data, error, refetch } = useQuery({
    queryKey: ['shipping'],
    queryFn: async () => {
      const [options, channels] = await Promise.all([
        api.call('GET /api/delivery/shipping-options'),
        api.call('GET /api/channels'),
      ])
      return { options: options.items, channels: channels.items }
    },
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const currencies = [...new Set(data.channels.map(({ currency }) => currency))]
  const channels = data.channels.map(({ key }) => key)
  return (
    <div className="stack">
      <div className="spread">
        <h1>Shipping</h1>
        <ChangeOption currencies={currencies} channels={channels} />
      </div>
      {data.options.length === 0 ? <p className="soft">Nothing can be sent: there is no way to ship yet.</p> : null}
      <Wide label="Ways to ship">
        <table className="plain">
          <thead>
            <tr>
              <th>Name</th>
              <th>Where to</th>
              <th>Carrier</th>
              <th>Days</th>
              <th>Price</th>
              <th>State</th>
              <th>To do</th>
            </tr>
          </thead>
          <tbody>
            {data.options.map((option) => (
              <tr key={option.id}>
                <th scope="row">
                  {option.names['en'] ?? option.id}
                  <p className="soft small">{option.id}</p>
                </th>
                <td>
                  {option.zone}
                  {option.channel ? <p className="soft small">only {option.channel}</p> : null}
                </td>
                <td>{option.carrier}</td>
                <td>
                  {option.minDays}–{option.maxDays}
                </td>
                <td>
                  <Prices prices={option.prices} sold={currencies} />
                </td>
                <td>
                  <State of={option.active ? 'ACTIVE' : 'off'} />
                </td>
                <td>
                  <ChangeOption option={option} currencies={currencies} channels={channels} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  )
}

/** In the currencies the shop sells in; the others on demand. */
function Prices({ prices, sold }: { prices: Option['prices']; sold: readonly string[] }) {
  const lines = (some: Option['prices']) =>
    some.map(({ currency, price, freeFrom }) => (
      <p key={currency}>
        {money({ amount: price, currency })}
        {freeFrom === null ? null : <span className="soft small">, free from {money({ amount: freeFrom, currency })}</span>}
      </p>
    ))
  const others = prices.filter(({ currency }) => !sold.includes(currency))
  return (
    <>
      {lines(prices.filter(({ currency }) => sold.includes(currency)))}
      {others.length > 0 ? (
        <details>
          <summary className="small">{others.length} other currencies</summary>
          {lines(others)}
        </details>
      ) : null}
    </>
  )
}

const ALL = 'all'
const text = (form: FormData, name: string): string => String(form.get(name) ?? '').trim()

function optionOf(form: FormData, currencies: readonly string[], before: Option | undefined): Omit<Option, 'id'> {
  const prices = currencies.flatMap((currency) => {
    const price = amountIn(form.get(`price ${currency}`), currency)
    const freeFrom = amountIn(form.get(`free ${currency}`), currency)
    return price === undefined ? [] : [{ currency, price, freeFrom: freeFrom ?? null }]
  })
  if (prices.length === 0) throw new RangeError('Without a price in any currency nobody could choose it.')
  const de = text(form, 'de')
  const weight = text(form, 'maxWeightGrams')
  return {
    channel: text(form, 'channel') === ALL ? null : text(form, 'channel'),
    zone: ZONES.find((zone) => zone === form.get('zone')) ?? 'home',
    carrier: text(form, 'carrier'),
    names: { ...before?.names, en: text(form, 'en'), ...(de ? { de } : {}) },
    minDays: Number(form.get('minDays')),
    maxDays: Number(form.get('maxDays')),
    maxWeightGrams: weight === '' ? null : Number(weight),
    active: form.get('active') === 'yes',
    // those in currencies that no channel sells in stay as they are
    prices: [...prices, ...(before?.prices ?? []).filter(({ currency }) => !currencies.includes(currency))],
  }
}

interface ChangeProps {
  readonly option?: Option
  readonly currencies: readonly string[]
  readonly channels: readonly string[]
}

function ChangeOption({ option, currencies, channels }: ChangeProps) {
  const days = { type: 'number', required: true, min: 0, max: 365 } as const
  return (
    <Action
      name={option ? 'Change' : 'New way to ship'}
      permission={PERMISSION}
      quiet={option !== undefined}
      run={(form) =>
        api.call('PUT /api/delivery/shipping-options/{id}', {
          path: { id: option?.id ?? text(form, 'id') },
          body: optionOf(form, currencies, option),
        })
      }
    >
      {option ? null : <Field label="Key, in small letters" name="id" required maxLength={60} pattern="[a-z0-9][a-z0-9\-]*" />}
      <Field label="Name in English" name="en" required maxLength={80} defaultValue={option?.names['en']} />
      <Field label="Name in German" name="de" maxLength={80} defaultValue={option?.names['de']} />
      <Select label="Where to" name="zone" options={ZONES} initial={option?.zone} />
      <Select label="Sales channel" name="channel" options={[ALL, ...channels]} initial={option?.channel ?? ALL} />
      <Field label="Carrier" name="carrier" required maxLength={40} defaultValue={option?.carrier ?? 'simulated'} />
      <div className="pair">
        <Field label="Days, at least" name="minDays" {...days} defaultValue={option?.minDays ?? 2} />
        <Field label="Days, at most" name="maxDays" {...days} defaultValue={option?.maxDays ?? 4} />
      </div>
      <Field
        label="Heaviest parcel, grams"
        name="maxWeightGrams"
        type="number"
        min={1}
        defaultValue={option?.maxWeightGrams ?? ''}
        hint="Empty: any weight."
      />
      {currencies.map((currency) => {
        const own = option?.prices.find((one) => one.currency === currency)
        return (
          <div key={currency} className="pair">
            <Field
              label={`Price, ${currency}`}
              name={`price ${currency}`}
              id={`price-${currency}`}
              inputMode="decimal"
              defaultValue={own ? typedAmount(own.price, currency) : ''}
            />
            <Field
              label={`Free from, ${currency}`}
              name={`free ${currency}`}
              id={`free-${currency}`}
              inputMode="decimal"
              defaultValue={own?.freeFrom == null ? '' : typedAmount(own.freeFrom, currency)}
            />
          </div>
        )
      })}
      <Tick label="Shoppers can choose it" name="active" initial={option?.active ?? true} />
    </Action>
  )
}
