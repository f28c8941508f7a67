import { mac, sameBytes } from './keyed-hash.ts'

export type LinkPurpose = 'verify' | 'reset'

/** What a link is bound to: it dies with a change of any of them. */
export interface LinkSubject {
  readonly requestId: string
  readonly purpose: LinkPurpose
  readonly userId: string
  readonly emailKey: string
}

const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

/** The secret of a mail link: request id and a keyed hash. Nothing of it is stored or sent in events. */
export function linkToken(key: Buffer, subject: LinkSubject): string {
  const proof = mac(key, subject.purpose, subject.requestId, subject.userId, subject.emailKey)
  return Buffer.concat([bytesOf(subject.requestId), proof]).toString('base64url')
}

/** Request id inside a token, before anything is proven; `undefined` when it has another form. */
export function requestIdOf(token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 48 || token.length !== 64) return undefined
  const hex = bytes.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export function isLinkToken(key: Buffer, token: string, subject: LinkSubject): boolean {
  return sameBytes(Buffer.from(token, 'base64url'), Buffer.from(linkToken(key, subject), 'base64url'))
}
