import { Field } from '../../../storefront/app/components/field.tsx'

export interface PostalAddress {
  readonly name: string
  readonly company?: string | undefined
  readonly line1: string
  readonly line2?: string | undefined
  readonly city: string
  readonly region?: string | undefined
  readonly postalCode: string
  readonly country: string
  readonly phone?: string | undefined
}

const FIELDS = [
  { name: 'name', label: 'Name', required: true },
  { name: 'company', label: 'Company' },
  { name: 'line1', label: 'Street and number', required: true },
  { name: 'line2', label: 'Second line' },
  { name: 'postalCode', label: 'Postcode', required: true },
  { name: 'city', label: 'Town', required: true },
  { name: 'region', label: 'Region' },
  { name: 'country', label: 'Country, two letters', required: true, pattern: '[A-Za-z]{2}' },
  { name: 'phone', label: 'Telephone' },
] as const

/** An address in a form; `addressFrom` reads it. */
export function AddressFields({ address }: { address?: PostalAddress | undefined }) {
  return FIELDS.map(({ name, ...field }) => (
    <Field key={name} name={name} {...field} maxLength={120} defaultValue={address?.[name]} />
  ))
}

/** Fields left empty are not part of it. */
export function addressFrom(form: FormData): PostalAddress {
  const given = FIELDS.map(({ name }) => [name, String(form.get(name) ?? '').trim()] as const).filter(([, value]) => value !== '')
  const address = Object.fromEntries(given) as unknown as PostalAddress
  return { ...address, country: address.country.toUpperCase() }
}

/** What the shop found in an address, in one sentence for each field. */
export const sayFindings = (findings: readonly { readonly pointer: string; readonly message: string }[]): string =>
  findings
    .map(({ pointer, message }) => `${FIELDS.find(({ name }) => pointer === `/${name}`)?.label ?? pointer} ${message}.`)
    .join(' ')
