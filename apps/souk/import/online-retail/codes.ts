/** What a stock code stands for that is not the code of a product. Codes are compared without regard to case. */
export type EntryKind =
  | 'carriage'
  | 'discount'
  | 'manual'
  | 'sample'
  | 'bad-debt'
  | 'bank-charges'
  | 'marketplace-fee'
  | 'donation'
  | 'accessory'
  | 'voucher'
  | 'adjustment'
  | 'test'

const KINDS: Readonly<Record<string, EntryKind>> = {
  POST: 'carriage',
  DOT: 'carriage',
  C2: 'carriage',
  C3: 'carriage',
  D: 'discount',
  M: 'manual',
  S: 'sample',
  B: 'bad-debt',
  'BANK CHARGES': 'bank-charges',
  AMAZONFEE: 'marketplace-fee',
  CRUK: 'donation',
  PADS: 'accessory',
  GIFT: 'voucher',
}

const PATTERNS: readonly (readonly [RegExp, EntryKind])[] = [
  [/^GIFT_\d+_\d+$/, 'voucher'],
  [/^ADJUST\d*$/, 'adjustment'],
  [/^TEST\d*$/, 'test'],
]

/** The one spelling of a code: the file writes the same code in both cases. */
export const normalCode = (code: string): string => code.trim().toUpperCase()

/** `undefined`: the code of a product. */
export function kindOfCode(code: string): EntryKind | undefined {
  return Object.hasOwn(KINDS, code) ? KINDS[code] : PATTERNS.find(([pattern]) => pattern.test(code))?.[1]
}
