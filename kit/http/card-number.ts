/**
 * Finds card numbers (PAN) in input, so that they are refused before anything stores or logs them.
 * Looks at whole groups of digits ("4111 1111 1111 1111", "4111-1111-…"), not at every window of a longer number: one
 * number in ten passes the Luhn test by chance, and each further window would cost honest callers another refusal.
 */

/** Cheap test on raw text: without 13 digits in a row (blanks and dashes aside) there is nothing to look at. */
export const LONG_DIGITS = /\d(?:[ -]?\d){12}/

const CANDIDATE = /\d(?:[ -]?\d){12,40}/g
/** Ids and digests are full of digits and never cards. */
const HEX_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[0-9]*[a-f])[0-9a-f]{24,}\b/gi

/** Fields that hold other long numbers by nature; a value must also look like one of those. */
const OTHER_NUMBERS: readonly (readonly [field: RegExp, value: RegExp])[] = [
  [/gtin|ean|upc|barcode|isbn/i, /^\d{13,14}$/],
  [/phone|mobile|msisdn/i, /^\+\d[\d ()-]{6,20}$/],
  [/tracking/i, /^\d{12,15}$/],
  [/iban/i, /^[A-Z]{2}\d/],
]

function luhn(digits: string): boolean {
  let sum = 0
  let double = false
  for (let index = digits.length - 1; index >= 0; index -= 1) {
    let digit = digits.charCodeAt(index) - 48
    if (double) {
      digit *= 2
      if (digit > 9) digit -= 9
    }
    sum += digit
    double = !double
  }
  return sum % 10 === 0
}

/** 13 digits that start with 1 are milliseconds since 1970; no issuer owns them. A row of zeros is no card either. */
function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false
  if (digits.length === 13 && digits[0] === '1') return false
  return /[1-9]/.test(digits) && luhn(digits)
}

/** True when `text` contains a Luhn-valid number of 13 to 19 digits. `field` is the name it stands under. */
export function hasCardNumber(text: string, field = ''): boolean {
  if (!LONG_DIGITS.test(text)) return false
  if (OTHER_NUMBERS.some(([name, value]) => name.test(field) && value.test(text))) return false
  for (const [candidate] of text.replace(HEX_ID, ' x ').matchAll(CANDIDATE)) {
    const groups = candidate.split(/[ -]/)
    for (let first = 0; first < groups.length; first += 1) {
      let digits = ''
      for (let last = first; last < groups.length && digits.length <= 19; last += 1) {
        digits += groups[last]
        if (isCard(digits)) return true
      }
    }
  }
  return false
}
