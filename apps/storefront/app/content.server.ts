import type { RouterContextProvider } from 'react-router'
import type { Answer } from '../../../packages/client/src/client.ts'
import { apiOf, type Card, notFound, orElse, unlessMissing } from './api.server.ts'
import { inLanguage, type Language, languageOf } from './i18n/language.ts'
import type { Words } from './i18n/en.ts'

type Written = Answer<'GET /api/content/home'>['sections'][number]

/** A section of the home page, with the products that stand in it. */
export interface Section extends Written {
  readonly products: readonly Card[]
}

const nothing: Written = {
  type: 'recommended',
  title: null,
  text: null,
  html: null,
  label: null,
  to: null,
  category: null,
  sort: null,
  limit: null,
  points: [],
}

/** The home page of a shop where nobody has written one. */
const standard = ({ home }: Words): Written[] => [
  { ...nothing, type: 'hero', title: home.lead, text: home.intro, label: home.browse, to: '/products' },
  { ...nothing, type: 'products', title: home.newest, sort: 'newest', limit: 8 },
  nothing,
  { ...nothing, type: 'categories', title: home.departments },
  {
    ...nothing,
    type: 'points',
    points: ([1, 2, 3] as const).map((n) => ({ title: home[`promise${n}`], text: home[`promise${n}Text`] })),
  },
]

/** Links of written pages name no language: they lead to the pages of the reader's. */
export const inLanguageOf = (language: Language, html: string): string =>
  language === 'en'
    ? html
    : html.replaceAll(/ href="(\/(?!\/|de(?:\/|"))[^"]*)"/g, (_, path: string) => ` href="${inLanguage(language, path)}"`)

/** The sections of the home page, filled. A row whose products cannot be had is left out. `preview`: secret of a link to the draft. */
export async function homeSections(context: Readonly<RouterContextProvider>, request: Request, words: Words): Promise<Section[]> {
  const { pathname, searchParams } = new URL(request.url)
  const language = languageOf(pathname)
  const api = apiOf(context, request)
  const preview = searchParams.get('preview')
  const written = preview
    ? await unlessMissing(api.call('GET /api/content/home', { query: { preview } }), { orWrong: true })
    : await orElse(api.call('GET /api/content/home'), { sections: [] })
  if (!written) throw notFound('preview')
  const sections = written.sections.length > 0 ? written.sections : standard(words)
  return await Promise.all(
    sections.map(async (section) => {
      const html = section.html === null ? null : inLanguageOf(language, section.html)
      if (section.type !== 'products') return { ...section, html, products: [] }
      const query = {
        sort: section.sort ?? 'newest',
        limit: section.limit ?? 8,
        inStock: true,
        ...(section.category ? { category: section.category } : {}),
      }
      const { items } = await orElse(api.call('GET /api/products', { query }), { items: [] })
      return { ...section, html, products: items }
    }),
  )
}
