import { countryName } from '../i18n/format.ts'
import { useSpeech } from '../i18n/later.ts'
import { Field } from './field.tsx'

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
  readonly onCountry?: () => void
}

export function AddressFields({ values, wrong, onCountry }: Props) {
  const { language, words } = useSpeech()
  const text = words.checkout
  const countries = COUNTRIES.map((code) => ({ code, name: countryName(code, language) })).sort((a, b) =>
    a.name.localeCompare(b.name, language),
  )
  return (
    <>
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
        <Field
          label={text.region}
          name="region"
          autoComplete="address-level1"
          maxLength={100}
          defaultValue={values.region}
          wrong={wrong['region']}
        />
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
