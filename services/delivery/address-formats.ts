import { fitsRegion, REGIONS, regionOf } from './address-regions.ts'
import type { PostalAddress } from '#contracts/values.ts'

interface Format {
  /** after normalisation: upper case, written as the post office does */
  readonly postalCode: RegExp
  readonly example: string
  /** how the letters and digits of a code are put together: `$1 $2` for the groups of `parts` */
  readonly parts?: RegExp
  readonly written?: string
  /** the region is part of an address there */
  readonly region?: true
  /** houses have names there, not always numbers */
  readonly namedHouses?: true
}

/** Postal codes by country, as their post offices write them. Countries that are not here are not checked. */
const FORMATS: Readonly<Record<string, Format>> = {
  AT: { postalCode: /^[1-9]\d{3}$/, example: '1010' },
  AU: { postalCode: /^\d{4}$/, example: '2000', region: true },
  BE: { postalCode: /^[1-9]\d{3}$/, example: '1000' },
  BR: { postalCode: /^\d{5}-\d{3}$/, example: '01310-100', region: true, parts: /^(\d{5})(\d{3})$/, written: '$1-$2' },
  CA: { postalCode: /^[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d$/, example: 'K1A 0B1', region: true, parts: /^(\w{3})(\w{3})$/, written: '$1 $2' },
  CH: { postalCode: /^[1-9]\d{3}$/, example: '8001' },
  CZ: { postalCode: /^\d{3} \d{2}$/, example: '110 00', parts: /^(\d{3})(\d{2})$/, written: '$1 $2' },
  DE: { postalCode: /^\d{5}$/, example: '10115' },
  DK: { postalCode: /^\d{4}$/, example: '1050' },
  ES: { postalCode: /^(0[1-9]|[1-4]\d|5[0-2])\d{3}$/, example: '28001' },
  FI: { postalCode: /^\d{5}$/, example: '00100' },
  FR: { postalCode: /^\d{5}$/, example: '75001' },
  GB: { postalCode: /^(GIR 0AA|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})$/, example: 'SW1A 1AA', parts: /^(\w{2,4})(\w{3})$/, written: '$1 $2', namedHouses: true },
  GR: { postalCode: /^\d{3} \d{2}$/, example: '104 31', parts: /^(\d{3})(\d{2})$/, written: '$1 $2' },
  HU: { postalCode: /^\d{4}$/, example: '1011' },
  IE: { postalCode: /^[A-Z]\d[\dW] [A-Z\d]{4}$/, example: 'D02 X285', parts: /^(\w{3})(\w{4})$/, written: '$1 $2', namedHouses: true },
  IN: { postalCode: /^[1-9]\d{5}$/, example: '110001', region: true, namedHouses: true },
  IT: { postalCode: /^\d{5}$/, example: '00118' },
  JP: { postalCode: /^\d{3}-\d{4}$/, example: '100-0001', region: true, parts: /^(\d{3})(\d{4})$/, written: '$1-$2' },
  LU: { postalCode: /^\d{4}$/, example: '1009' },
  MX: { postalCode: /^\d{5}$/, example: '06000', region: true },
  NL: { postalCode: /^[1-9]\d{3} [A-Z]{2}$/, example: '1012 JS', parts: /^(\d{4})(\w{2})$/, written: '$1 $2' },
  NO: { postalCode: /^\d{4}$/, example: '0150' },
  PL: { postalCode: /^\d{2}-\d{3}$/, example: '00-001', parts: /^(\d{2})(\d{3})$/, written: '$1-$2' },
  PT: { postalCode: /^\d{4}-\d{3}$/, example: '1000-001', parts: /^(\d{4})(\d{3})$/, written: '$1-$2' },
  SE: { postalCode: /^\d{3} \d{2}$/, example: '111 22', parts: /^(\d{3})(\d{2})$/, written: '$1 $2' },
  US: { postalCode: /^\d{5}(-\d{4})?$/, example: '10001', region: true, parts: /^(\d{5})(\d{4})$/, written: '$1-$2' },
} // biome-ignore format: a table

/** What can be said of an address. */
export const PROBLEMS = ['empty', 'postal-code-form', 'region-missing', 'region-unknown'] as const
/** What looks wrong and may be right all the same: who sends the address decides. */
export const DOUBTS = ['house-number-missing', 'postal-code-elsewhere'] as const

export interface Finding<C extends string> {
  /** JSON pointer into the address */
  readonly pointer: string
  readonly code: C
  readonly message: string
  /** how it could be written: a postal code of the country */
  readonly example?: string
}

export interface CheckedAddress {
  /** it cannot be delivered like this */
  readonly problems: Finding<(typeof PROBLEMS)[number]>[]
  readonly doubts: Finding<(typeof DOUBTS)[number]>[]
  /** as the post office would write it */
  readonly normalised: PostalAddress
  /** false: we know no rules of this country */
  readonly checked: boolean
}

/** How an address is written in a country; undefined where we know no rules. */
export function formatOf(country: string) {
  const format = FORMATS[country]
  if (!format) return undefined
  return {
    postalCodeExample: format.example,
    regionNeeded: format.region === true,
    regions: (REGIONS[country] ?? []).map(({ code, name }) => ({ code, name })),
  }
}

const tidy = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** `d-10115`, `sw1a1aa`, `00001`: what people write, as the post office does; anything else is only tidied. */
function writtenPostalCode(country: string, text: string): string {
  const tidied = tidy(text).toUpperCase()
  const format = FORMATS[country]
  if (!format || format.postalCode.test(tidied)) return tidied
  // the country in front of it, as on letters of old: D-10115, CH-8001, F 75001
  const bare = tidied.replace(/^(?:[A-Z]{1,3}[- ])(?=\d)/, '').replace(/[\s.-]/g, '')
  const written = format.parts ? bare.replace(format.parts, format.written ?? '') : bare
  return format.postalCode.test(written) ? written : tidied
}

/** `10115 Berlin` in the field of the town, with the same code in its own: the town. */
function writtenCity(city: string, postalCode: string): string {
  const tidied = tidy(city)
  const rest = tidied.startsWith(`${postalCode} `) ? tidied.slice(postalCode.length + 1) : tidied
  return rest === '' ? tidied : rest
}

/** An address as the post office would write it: for labels and carriers. The order keeps what its customer wrote. */
export function asWritten(address: PostalAddress): PostalAddress {
  const postalCode = writtenPostalCode(address.country, address.postalCode)
  const region = address.region === undefined ? undefined : tidy(address.region)
  return {
    ...address,
    name: tidy(address.name),
    line1: tidy(address.line1),
    city: writtenCity(address.city, postalCode),
    postalCode,
    ...(region === undefined ? {} : { region: regionOf(address.country, region)?.code ?? region }),
  }
}

/** Formal check of an address: does it look like one of its country? Whether somebody lives there only a post office knows. Pure. */
export function checkAddress(address: PostalAddress): CheckedAddress {
  const normalised = asWritten(address)
  const problems: CheckedAddress['problems'] = []
  for (const field of ['name', 'line1', 'city', 'postalCode'] as const) {
    if (normalised[field] === '') problems.push({ pointer: `/${field}`, code: 'empty', message: 'must not be empty' })
  }
  const format = FORMATS[address.country]
  if (!format) return { problems, doubts: [], normalised, checked: false }
  const postalCodeFits = format.postalCode.test(normalised.postalCode)
  if (normalised.postalCode !== '' && !postalCodeFits)
    problems.push({
      pointer: '/postalCode',
      code: 'postal-code-form',
      message: `is not a postal code of ${address.country}, which look like ${format.example}`,
      example: format.example,
    })
  const regionProblem = format.region && problemOfRegion(address.country, normalised.region ?? '')
  if (regionProblem) problems.push(regionProblem)
  return { problems, doubts: doubtsAbout(normalised, format, postalCodeFits), normalised, checked: true }
}

function problemOfRegion(country: string, region: string): CheckedAddress['problems'][number] | undefined {
  const pointer = '/region'
  if (region === '')
    return { pointer, code: 'region-missing', message: 'is part of every address there (state, province, prefecture)' }
  if (REGIONS[country] && !regionOf(country, region))
    return { pointer, code: 'region-unknown', message: 'is no region of the country' }
  return undefined
}

function doubtsAbout({ country, line1, line2, region, postalCode }: PostalAddress, format: Format, postalCodeFits: boolean) {
  const doubts: CheckedAddress['doubts'] = []
  if (!format.namedHouses && line1 !== '' && !/\d/.test(`${line1} ${line2 ?? ''}`))
    doubts.push({ pointer: '/line1', code: 'house-number-missing', message: 'has no house number' })
  const known = regionOf(country, region ?? '')
  if (known && postalCodeFits && !fitsRegion(known, postalCode))
    doubts.push({ pointer: '/postalCode', code: 'postal-code-elsewhere', message: `is not a postal code of ${known.name}` })
  return doubts
}
