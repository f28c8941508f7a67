import Type, { type Static } from 'typebox'
import { Locale, Nullable, Timestamp } from '#contracts/values.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'

/** The language that every text has. */
const DEFAULT_LANGUAGE = 'en'
/** The name of the one home page. */
export const HOME = 'home'

/** A place in the shop, or anywhere by https; nothing that runs. */
const Target = Type.String({
  maxLength: 500,
  pattern: '^(/([^/\\\\\\s][^\\\\\\s]*)?|https://[^\\\\\\s]+|mailto:[^\\\\\\s]+)$',
  description: 'a path of the shop without its language, an https: or a mailto: address',
})
const Line = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
const Words = Type.String({ maxLength: 2_000 })
const Markdown = Type.String({ maxLength: 60_000, description: 'Markdown; HTML in it is shown as text' })
const inLanguages = <S extends Type.TSchema>(schema: S) => mapOf(Locale, schema, { minProperties: 1, maxProperties: 40 })

const Hero = closed({
  type: Type.Literal('hero'),
  to: Target,
  texts: inLanguages(closed({ title: Line, text: Words, label: Line })),
})
const ProductRow = closed({
  type: Type.Literal('products'),
  category: Nullable(Type.String({ minLength: 1, maxLength: 120, description: 'address of a department' })),
  sort: Type.Union([Type.Literal('newest'), Type.Literal('price'), Type.Literal('-price')]),
  limit: Type.Integer({ minimum: 1, maximum: 24 }),
  texts: inLanguages(closed({ title: Line })),
})
const Categories = closed({ type: Type.Literal('categories'), texts: inLanguages(closed({ title: Line })) })
const Recommended = closed({ type: Type.Literal('recommended') })
const Prose = closed({ type: Type.Literal('text'), texts: inLanguages(closed({ title: Line, body: Markdown })) })
const Points = closed({
  type: Type.Literal('points'),
  points: Type.Array(closed({ texts: inLanguages(closed({ title: Line, text: Words })) }), { minItems: 1, maxItems: 6 }),
})

const Home = closed({
  kind: Type.Literal('home'),
  sections: Type.Array(Type.Union([Hero, ProductRow, Categories, Recommended, Prose, Points]), { maxItems: 30 }),
})
const Page = closed({
  kind: Type.Literal('page'),
  texts: inLanguages(closed({ title: Line, description: Words, body: Markdown })),
})
const Banner = closed({
  kind: Type.Literal('banner'),
  to: Nullable(Target),
  from: Nullable(Timestamp),
  until: Nullable(Timestamp),
  texts: inLanguages(closed({ text: Line })),
})
const Menu = closed({
  kind: Type.Literal('menu'),
  items: Type.Array(closed({ to: Target, texts: inLanguages(closed({ label: Line })) }), { maxItems: 40 }),
})

/** What staff write, in every language. */
export const Document = Type.Union([Home, Page, Banner, Menu])
export type Document = Static<typeof Document>
export type Kind = Document['kind']
export type Section = Static<typeof Home>['sections'][number]
export type DocumentOf<K extends Kind> = Extract<Document, { kind: K }>

/** The words for a reader: in their language, in its main language (`de` for `de-AT`), or in the default one. */
export function wordsFor<T>(texts: Readonly<Record<string, T>>, locale: string): T {
  const found = texts[locale] ?? texts[locale.split('-')[0] ?? ''] ?? texts[DEFAULT_LANGUAGE]
  // checked when it was written
  if (found === undefined) throw new Error('a text has no words in the default language')
  return found
}

/** Every set of texts of a document. */
export function textsOf(document: Document): readonly Readonly<Record<string, unknown>>[] {
  switch (document.kind) {
    case 'home':
      return document.sections.flatMap((section) =>
        section.type === 'points' ? section.points.map(({ texts }) => texts) : 'texts' in section ? [section.texts] : [],
      )
    case 'menu':
      return document.items.map(({ texts }) => texts)
    case 'page':
    case 'banner':
      return [document.texts]
  }
}

/** What is wrong with a document that its schema cannot say. */
export function faultOf(document: Document): 'noDefaultLanguage' | 'endsBeforeItBegins' | undefined {
  if (!textsOf(document).every((texts) => Object.hasOwn(texts, DEFAULT_LANGUAGE))) return 'noDefaultLanguage'
  if (document.kind === 'banner' && document.from !== null && document.until !== null)
    return Date.parse(document.until) > Date.parse(document.from) ? undefined : 'endsBeforeItBegins'
  return undefined
}

/** Whether a banner is up at a time (epoch milliseconds): from the first of its moments, until just before the last. */
export function isUp({ from, until }: Pick<DocumentOf<'banner'>, 'from' | 'until'>, at: number): boolean {
  return (from === null || Date.parse(from) <= at) && (until === null || at < Date.parse(until))
}

/** Milliseconds from `at` to the next moment at which a banner goes up or comes down; Infinity where none does. */
export function nextTurn(banners: readonly Pick<DocumentOf<'banner'>, 'from' | 'until'>[], at: number): number {
  const moments = banners.flatMap(({ from, until }) => [from, until]).flatMap((time) => (time === null ? [] : [Date.parse(time)]))
  return Math.min(Number.POSITIVE_INFINITY, ...moments.filter((time) => time > at)) - at
}
