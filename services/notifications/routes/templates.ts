import Type from 'typebox'
import { Locale } from '#contracts/values.ts'
import { anyone, can, del, get, put, Reply, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { putOverride, removeOverride } from '../commands/change-override.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { languages, say } from '../language.ts'
import { links } from '../links.ts'
import { allOverrides, overrideOf } from '../queries/overrides.ts'
import { render } from '../rendering/render.ts'
import { templates } from '../templates.ts'

/** Mails bring their own style and nothing else; links in a preview lead nowhere from inside it. */
export const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox"

const Language = Type.Union([Type.Literal('en'), Type.Literal('de')])
const Name = Type.String({ minLength: 1, maxLength: 60, pattern: '^[a-z-]+$' })
const Format = Type.Union([Type.Literal('html'), Type.Literal('text')])
const OneOverride = closed({ name: Name, language: Language })
const Override = closed({
  template: Type.String(),
  language: Language,
  subject: Type.String(),
  body: Type.String(),
  version: Type.Integer(),
})
const TemplateView = closed({
  name: Type.String(),
  summary: Type.String(),
  about: Type.String({ description: 'account, order, operations, or given: whoever staff name' }),
  marketing: Type.Boolean(),
  byHand: Type.Boolean(),
  subjects: closed({ en: Type.String(), de: Type.String() }),
  variables: Type.Array(Type.String(), { description: 'what own words may name: {{variable}}' }),
  overridden: Type.Array(Language),
})
const OwnWords = closed({
  subject: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+$' }),
  body: Type.String({ minLength: 1, maxLength: 10_000, description: 'paragraphs, with an empty line between them' }),
})

/** Templates, how they look, and operators' own words for them. */
export function templateRoutes(deps: Deps): Route[] {
  // in development anybody may look: the samples are made up
  const access = deps.environment === 'production' ? can('notifications:read') : anyone
  const write = can('notifications:write')
  return [
    get(
      '/api/notifications/templates',
      { access, summary: 'Every message the shop can send', response: closed({ templates: Type.Array(TemplateView) }) },
      async () => {
        const overrides = await allOverrides(deps.db.sql)
        return {
          templates: [...templates.values()].map((template) => ({
            ...describe(template),
            overridden: overrides.filter((one) => one.template === template.name).map(({ language }) => language),
          })),
        }
      },
    ),
    get(
      '/api/notifications/templates/:name/preview',
      {
        access,
        summary: 'How a message looks, with made-up facts',
        params: closed({ name: Name }),
        query: closed({ locale: Type.Optional(Locale), format: Type.Optional(Format) }),
        produces: 'text/html',
        alsoProduces: ['text/plain'],
        errors: [errors.templateNotFound],
      },
      async ({ params, query }) => {
        const template = templates.get(params.name)
        if (!template) throw errors.templateNotFound()
        const reader = say(query.locale ?? 'en', deps.settings.timeZone)
        const override = await overrideOf(deps.db.sql, template.name, reader.language)
        const rendered = render(template, template.sample, reader, deps.shop, {
          override,
          unsubscribeUrl: template.marketing ? links.unsubscribe(deps.shop, reader, 'example-token') : undefined,
        })
        if (query.format === 'text')
          return new Reply(`${rendered.subject}\n\n${rendered.text}`, {
            headers: { 'content-type': 'text/plain; charset=utf-8' },
          })
        return new Reply(rendered.html, {
          headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': MAIL_POLICY },
        })
      },
    ),
    get(
      '/api/notifications/templates/:name/overrides/:language',
      {
        access: can('notifications:read'),
        summary: 'Own words for a message',
        params: OneOverride,
        response: Override,
        errors: [errors.overrideNotFound],
      },
      async ({ params }) => {
        const found = await overrideOf(deps.db.sql, params.name, params.language)
        if (!found) throw errors.overrideNotFound()
        return found
      },
    ),
    put(
      '/api/notifications/templates/:name/overrides/:language',
      {
        access: write,
        summary: 'Put own words in the place of subject and opening',
        params: OneOverride,
        body: OwnWords,
        response: Override,
        errors: [errors.templateNotFound, errors.unknownPlaceholder],
      },
      ({ tx, params, body }) => putOverride(tx, params.name, params.language, body),
    ),
    del(
      '/api/notifications/templates/:name/overrides/:language',
      {
        access: write,
        summary: 'Go back to the words of the shop',
        params: OneOverride,
        status: 204,
        errors: [errors.overrideNotFound],
      },
      ({ tx, params }) => removeOverride(tx, params.name, params.language),
    ),
  ]
}

function describe({ name, summary, about, marketing, byHand, write, sample }: NonNullable<ReturnType<typeof templates.get>>) {
  const [en, de] = languages.map((language) => write(sample as never, say(language)))
  return {
    name,
    summary,
    about,
    marketing,
    byHand,
    subjects: { en: en!.subject, de: de!.subject },
    variables: Object.keys(en!.variables),
  }
}
