import type { PostalAddress } from '#contracts/values.ts'

interface Format {
  /** after normalisation: upper case, single blanks */
  readonly postalCode: RegExp
  readonly example: string
  /** the region is part of an address there */
  readonly region?: boolean
}

/** Postal codes by country, as their post offices write them. Countries that are not here are not checked. */
const FORMATS: Record<string, Format> = {
  AT: { postalCode: /^[1-9]\d{3}$/, example: '1010' },
  AU: { postalCode: /^\d{4}$/, example: '2000', region: true },
  BE: { postalCode: /^[1-9]\d{3}$/, example: '1000' },
  BR: { postalCode: /^\d{5}-?\d{3}$/, example: '01310-100', region: true },
  CA: { postalCode: /^[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d$/, example: 'K1A 0B1', region: true },
  CH: { postalCode: /^[1-9]\d{3}$/, example: '8001' },
  CZ: { postalCode: /^\d{3} ?\d{2}$/, example: '110 00' },
  DE: { postalCode: /^\d{5}$/, example: '10115' },
  DK: { postalCode: /^\d{4}$/, example: '1050' },
  ES: { postalCode: /^(0[1-9]|[1-4]\d|5[0-2])\d{3}$/, example: '28001' },
  FI: { postalCode: /^\d{5}$/, example: '00100' },
  FR: { postalCode: /^\d{5}$/, example: '75001' },
  GB: { postalCode: /^(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/, example: 'SW1A 1AA' },
  GR: { postalCode: /^\d{3} ?\d{2}$/, example: '104 31' },
  HU: { postalCode: /^\d{4}$/, example: '1011' },
  IE: { postalCode: /^[A-Z]\d[\dW] ?[A-Z\d]{4}$/, example: 'D02 X285' },
  IN: { postalCode: /^[1-9]\d{2} ?\d{3}$/, example: '110001', region: true },
  IT: { postalCode: /^\d{5}$/, example: '00118' },
  JP: { postalCode: /^\d{3}-?\d{4}$/, example: '100-0001', region: true },
  LU: { postalCode: /^(L-)?\d{4}$/, example: '1009' },
  MX: { postalCode: /^\d{5}$/, example: '06000', region: true },
  NL: { postalCode: /^[1-9]\d{3} ?[A-Z]{2}$/, example: '1012 JS' },
  NO: { postalCode: /^\d{4}$/, example: '0150' },
  PL: { postalCode: /^\d{2}-\d{3}$/, example: '00-001' },
  PT: { postalCode: /^\d{4}-\d{3}$/, example: '1000-001' },
  SE: { postalCode: /^\d{3} ?\d{2}$/, example: '111 22' },
  US: { postalCode: /^\d{5}(-\d{4})?$/, example: '10001', region: true },
}

export interface AddressProblem {
  /** JSON pointer into the address */
  readonly pointer: string
  readonly message: string
}

/** Formal check of an address: does it look like one of its country? `normalised` is how we would write it. Pure. */
export function checkAddress(address: PostalAddress): {
  problems: AddressProblem[]
  normalised: PostalAddress
  checked: boolean
} {
  const tidy = (text: string) => text.trim().replace(/\s+/g, ' ')
  const normalised: PostalAddress = {
    ...address,
    name: tidy(address.name),
    line1: tidy(address.line1),
    city: tidy(address.city),
    postalCode: tidy(address.postalCode).toUpperCase(),
  }
  const problems: AddressProblem[] = []
  for (const field of ['name', 'line1', 'city', 'postalCode'] as const) {
    if (normalised[field] === '') problems.push({ pointer: `/${field}`, message: 'must not be empty' })
  }
  const format = FORMATS[address.country]
  if (!format) return { problems, normalised, checked: false }
  if (normalised.postalCode !== '' && !format.postalCode.test(normalised.postalCode)) {
    problems.push({
      pointer: '/postalCode',
      message: `is not a postal code of ${address.country}, which look like ${format.example}`,
    })
  }
  if (format.region && !address.region?.trim())
    problems.push({ pointer: '/region', message: 'is part of every address there (state, province, prefecture)' })
  return { problems, normalised, checked: true }
}
