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
const ID_OR_CANDIDATE = new RegExp(`${HEX_ID.source}|(${CANDIDATE.source})`, 'gi')

/** Fields that hold other long numbers by nature; a value must also look like one of those. */
const OTHER_NUMBERS: readonly (readonly [field: RegExp, fits: (value: string) => boolean])[] = [
  [/gtin|ean|upc|barcode|isbn/i, (value) => /^\d{13,14}$/.test(value) && endsAsProductNumber(value)],
  [/phone|mobile|msisdn/i, (value) => /^\+\d[\d ()-]{6,20}$/.test(value)],
  // parcels of 15 digits are numbered like products; American Express is not
  [/tracking/i, (value) => /^\d{12,15}$/.test(value) && (!/^3[47]\d{13}$/.test(value) || endsAsProductNumber(value))],
  [/iban/i, (value) => /^[A-Z]{2}\d/.test(value)],
]

/** Whether the last digit is the check digit of GS1 (EAN, UPC): every second digit counts three times, from the right. */
export function endsAsProductNumber(digits: string): boolean {
  const sum = Array.from(digits, Number).reduceRight((total, digit, at) => {
    return total + digit * ((digits.length - 1 - at) % 2 === 1 ? 3 : 1)
  }, 0)
  return sum % 10 === 0
}

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

/** 13 digits are a European product number or milliseconds since 1970, unless they begin as Visa and Maestro do. */
const THIRTEEN = /^(?:4|50(?:18|20|38)|5893|6304|6759|676[1-3])/

/** A row of zeros is no card either. */
function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false
  if (digits.length === 13 && !THIRTEEN.test(digits)) return false
  return /[1-9]/.test(digits) && luhn(digits)
}

/** True when `text` contains a Luhn-valid number of 13 to 19 digits. `field` is the name it stands under. */
export function hasCardNumber(text: string, field = ''): boolean {
  if (!LONG_DIGITS.test(text)) return false
  if (OTHER_NUMBERS.some(([name, fits]) => name.test(field) && fits(text))) return false
  for (const [candidate] of text.replace(HEX_ID, ' x ').matchAll(CANDIDATE)) if (holdsCard(candidate)) return true
  return false
}

function holdsCard(candidate: string): boolean {
  const groups = candidate.split(/[ -]/)
  for (let first = 0; first < groups.length; first += 1) {
    let digits = ''
    for (let last = first; last < groups.length && digits.length <= 19; last += 1) {
      digits += groups[last]
      if (isCard(digits)) return true
    }
  }
  return false
}

/**
 * A text with all but the last four digits of card numbers turned into nines: what is JSON stays JSON. For bodies that somebody else signed and that
 * must be kept. `except`: numbers that are known to be something else.
 */
export function maskCardNumbers(text: string, except: readonly string[] = []): string {
  if (!LONG_DIGITS.test(text)) return text
  return text.replace(ID_OR_CANDIDATE, (found, candidate?: string) =>
    candidate === undefined || except.includes(candidate) || !holdsCard(candidate) ? found : masked(candidate),
  )
}

const masked = (candidate: string): string => candidate.slice(0, -4).replace(/\d/g, '9') + candidate.slice(-4)
