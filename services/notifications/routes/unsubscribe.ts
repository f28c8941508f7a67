import Type from 'typebox'
import { anyone, get, post, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { readUnsubscribeToken, suppress } from '../addresses.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { say } from '../language.ts'
import { smallPage } from '../rendering/render.ts'

const Token = closed({ token: Type.String({ minLength: 1, maxLength: 200 }) })
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

/**
 * The way out of advertising, without signing in. Programs that look behind links open the page and change nothing; the
 * button, and mail programs that know one-click unsubscription (RFC 8058), post.
 */
export function unsubscribeRoutes(deps: Deps): Route[] {
  const page = (locale: string, done: boolean) => {
    const speak = say(locale)
    const html = done
      ? smallPage(
          speak.language,
          speak({ en: 'You are off the list', de: 'Sie sind abgemeldet' }),
          `<p>${speak({ en: 'You get no more advertising from us.', de: 'Sie erhalten keine Werbung mehr von uns.' })}</p>`,
        )
      : smallPage(
          speak.language,
          speak({ en: 'No more advertising?', de: 'Keine Werbung mehr?' }),
          `<p>${speak({ en: 'Mails about your orders still reach you.', de: 'Mails zu Ihren Bestellungen erhalten Sie weiterhin.' })}</p><form method="post"><button>${speak({ en: 'Unsubscribe', de: 'Abmelden' })}</button></form>`,
        )
    return new Reply(html, { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY } })
  }
  const hashOf = (token: string) => {
    const hash = readUnsubscribeToken(deps.addressKey, token)
    if (!hash) throw errors.badLink()
    return hash
  }
  return [
    get(
      '/api/notifications/unsubscribe',
      {
        access: anyone,
        summary: 'Asks whether advertising shall end',
        query: Token,
        produces: 'text/html',
        errors: [errors.badLink],
      },
      async ({ query, locale }) => {
        hashOf(query.token)
        return page(locale, false)
      },
    ),
    post(
      '/api/notifications/unsubscribe',
      {
        access: anyone,
        summary: 'Ends advertising to the address the link was sent to',
        query: Token,
        rawBody: true,
        idempotency: 'none',
        produces: 'text/html',
        errors: [errors.badLink],
      },
      async ({ tx, query, locale }) => {
        await suppress(tx, hashOf(query.token), 'marketing', 'unsubscribed')
        return page(locale, true)
      },
    ),
  ]
}
