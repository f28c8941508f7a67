import Type from 'typebox'
import { CIPHER, type Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { errors as httpErrors } from '#kit/http/errors.ts'
import { get, post, programOr, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

const TEXT = {
  access: programOr(CIPHER),
  consumes: '*/*',
  produces: 'text/plain; charset=utf-8',
  idempotency: 'handler',
  bodyLimit: 16 * 1024,
} as const

/** What curl sends with --data is called a form, whatever it is; a form's `=` at the end is curl's too. */
function textOf(body: unknown, contentType: string | undefined): string {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
  if (!contentType?.startsWith('application/x-www-form-urlencoded')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', '%20').replace(/=$/, ''))
  } catch {
    return text
  }
}

/** Values that are stored encrypted: `{cipher}` and what `encrypt` answers. */
export function cipherRoutes({ cipher }: Deps, root: string): Route[] {
  return [
    post(
      `${root}/encrypt`,
      { ...TEXT, summary: 'Encrypt the text of the body', errors: [errors.emptyText] },
      async ({ body, headers }) => {
        const text = textOf(body, headers['content-type'])
        if (text === '') throw errors.emptyText()
        return cipher.encrypt(text)
      },
    ),
    post(
      `${root}/decrypt`,
      { ...TEXT, summary: 'Decrypt the text of the body', errors: [errors.invalidText] },
      async ({ body, headers }) => cipher.decrypt(textOf(body, headers['content-type'])),
    ),
    get(
      `${root}/encrypt/status`,
      { access: programOr(CIPHER), summary: 'There is a key', response: closed({ status: Type.Literal('OK') }) },
      async () => ({ status: 'OK' as const }),
    ),
    get(
      `${root}/key`,
      {
        access: programOr(CIPHER),
        summary: 'The public key: there is none, the key is symmetric',
        errors: [httpErrors.noSuchRoute],
      },
      async () => {
        throw httpErrors.noSuchRoute()
      },
    ),
  ]
}
