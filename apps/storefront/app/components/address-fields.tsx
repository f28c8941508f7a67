import { countryName } from '../i18n/format.ts'
import { useSpeech } from '../i18n/later.ts'
import type { AddressFormat } from '../address-check.server.ts'
import { Choose, Field } from './field.tsx'

/** Countries the shop sends to; the way of shipping decides whether it really does. */
export const COUNTRIES = [
  'AT',
  'BE',
  'CH',
  'CZ',
  'DE',
  'DK',
  'ES',
  'FI',
  'FR',
  'GB',
  'IE',
  'IT',
  'LU',
  'NL',
  'NO',
  'PL',
  'PT',
  'SE',
  'US',
] as const

interface Props {
  readonly values: {
    readonly name: string
    readonly company: string
    readonly line1: string
    readonly line2: string
    readonly postalCode: string
    readonly city: string
    readonly region: string
    readonly country: string
    readonly phone: string
  }
  readonly wrong: Readonly<Record<string, string>>
  /** of the country of `values`; undefined: nobody knows it */
  readonly format?: AddressFormat | undefined
  /** the address was doubted and can be sent again as it is */
  readonly insist?: string | undefined
  readonly onCountry?: () => void
}

export function AddressFields({ values, wrong, format, insist, onCountry }: Props) {
  const { language, words } = useSpeech()
  const text = words.checkout
  const countries = COUNTRIES.map((code) => ({ code, name: countryName(code, language) })).sort((a, b) =>
    a.name.localeCompare(b.name, language),
  )
  return (
    <>
      {insist ? <input type="hidden" name="insist" value={insist} /> : null}
      <Field
        label={text.name}
        name="name"
        required
        autoComplete="name"
        maxLength={100}
        defaultValue={values.name}
        wrong={wrong['name']}
      />
      <Field
        label={text.company}
        name="company"
        autoComplete="organization"
        maxLength={100}
        defaultValue={values.company}
        wrong={wrong['company']}
      />
      <Field
        label={text.line1}
        name="line1"
        required
        autoComplete="address-line1"
        maxLength={100}
        defaultValue={values.line1}
        wrong={wrong['line1']}
      />
      <Field
        label={text.line2}
        name="line2"
        autoComplete="address-line2"
        maxLength={100}
        defaultValue={values.line2}
        wrong={wrong['line2']}
      />
      <div className="pair">
        <Field
          label={text.postalCode}
          name="postalCode"
          required
          autoComplete="postal-code"
          maxLength={20}
          defaultValue={values.postalCode}
          hint={format?.postalCodeExample ? text.postalCodeHint(format.postalCodeExample) : undefined}
          wrong={wrong['postalCode']}
        />
        <Field
          label={text.city}
          name="city"
          required
          autoComplete="address-level2"
          maxLength={100}
          defaultValue={values.city}
          wrong={wrong['city']}
        />
      </div>
      <div className="pair">
        <RegionField value={values.region} wrong={wrong['region']} format={format} />
        <div className="field">
          <label htmlFor="country">{text.country}</label>
          <select id="country" name="country" autoComplete="country" defaultValue={values.country} onChange={onCountry}>
            {countries.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Field
        label={text.phone}
        name="phone"
        type="tel"
        autoComplete="tel"
        maxLength={30}
        defaultValue={values.phone}
        wrong={wrong['phone']}
      />
    </>
  )
}

/** Chosen where the country has a list of them, written where it has none. */
function RegionField({ value, wrong, format }: { value: string; wrong?: string | undefined; format: AddressFormat | undefined }) {
  const { words } = useSpeech()
  const text = words.checkout
  const label = format?.regionNeeded ? text.regionNeeded : text.region
  const shared = {
    label,
    name: 'region',
    autoComplete: 'address-level1',
    required: format?.regionNeeded === true,
    wrong,
  } as const
  if (!format || format.regions.length === 0) return <Field {...shared} maxLength={100} defaultValue={value} />
  return (
    // the list belongs to the country: another one begins with nothing chosen
    <Choose key={format.country} {...shared} defaultValue={format.regions.some(({ code }) => code === value) ? value : ''}>
      <option value="">{text.chooseRegion}</option>
      {format.regions.map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </Choose>
  )
}
