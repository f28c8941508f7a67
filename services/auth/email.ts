import { domainToASCII } from 'node:url'
import { errors } from './errors.ts'

export interface Email {
  /** as written, without surrounding space: what mails are sent to */
  readonly address: string
  /** what makes it unique: lower case, composed characters, domain in ASCII */
  readonly key: string
}

// Local part without space, quotes or brackets; a domain with a dot. Whether it exists only a mail can tell.
const FORM = /^([^\s@<>()[\]\\,;:"\u0000-\u001f\u007f]{1,64})@([^\s@/?#<>()[\]\\,;:"\u0000-\u001f\u007f]{1,253})$/u

/** Normalises an e-mail address; `undefined` when it cannot be one. `Ann@Shop.Example ` and `ann@shop.example` are the same person. */
export function parseEmail(text: string): Email | undefined {
  const address = text.trim().normalize('NFC')
  const match = FORM.exec(address)
  if (!match || address.length > 254) return undefined
  const domain = domainToASCII(match[2]!).toLowerCase().replace(/\.$/, '')
  if (!domain.includes('.') || domain.startsWith('.')) return undefined
  return { address, key: `${match[1]!.toLowerCase()}@${domain}` }
}

/** As `parseEmail`, throws `auth/invalid-email`. */
export function requireEmail(text: string): Email {
  const email = parseEmail(text)
  if (!email) throw errors.invalidEmail({}, { fields: [{ pointer: '/email', message: 'must be an e-mail address' }] })
  return email
}
