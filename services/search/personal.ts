import { endsAsProductNumber, hasCardNumber } from '#kit/http/card-number.ts'
import { wordsOf } from './words.ts'

const ADDRESS = /[^\s@]@[^\s@]/
/** With a country, or as it is dialled inside of one. */
const PHONES = /(?:\+|\b00)[1-9](?:[ ()./-]{0,3}\d){6,13}(?!\d)|\b0[1-9](?:[ ()./-]{0,3}\d){7,10}(?!\d)/g

/**
 * Whether somebody typed what tells of a person and not of goods: a card number, an e-mail address, a telephone number. Such a search is answered
 * like any other, and is neither counted nor told nor kept. Product numbers (EAN) are none of these.
 */
export function isPersonal(typed: string): boolean {
  const text = typed.normalize('NFKC')
  if (ADDRESS.test(text) || hasCardNumber(text) || hasCardNumber(wordsOf(text).join(' '))) return true
  return text.match(PHONES)?.some((found) => !isProductNumber(found)) ?? false
}

const isProductNumber = (text: string): boolean => /^\d{12,14}$/.test(text) && endsAsProductNumber(text)
