import type { Deps } from '../deps.ts'
import { type DocumentOf, HOME, isUp, type Kind, nextTurn, type Section, wordsFor } from '../documents.ts'
import { html } from '../markdown.ts'
import { previewOf } from '../preview.ts'
import { entryById, publishedOf } from './entries.ts'

/** What is to be shown: the draft for who has a link to it, otherwise what is published. */
async function documentOf<K extends Kind>(
  { db, previewKey }: Deps,
  kind: K,
  slug: string,
  preview: string | undefined,
): Promise<DocumentOf<K> | undefined> {
  if (preview !== undefined) {
    const id = previewOf(previewKey, preview, Date.now() / 1000)
    const entry = id === undefined ? undefined : await entryById(db.sql, id)
    return entry?.kind === kind && entry.slug === slug ? (entry.draft as DocumentOf<K>) : undefined
  }
  const [row] = await db.sql<{ document: DocumentOf<K> }[]>`
    select e.published as document from entries e where e.kind = ${kind} and e.published_slug = ${slug} and e.published is not null`
  return row?.document
}

/** A section in one language. Fields that a type does not have are null, so that every client reads one shape. */
export interface ShownSection {
  readonly type: Section['type']
  readonly title: string | null
  readonly text: string | null
  readonly html: string | null
  readonly label: string | null
  readonly to: string | null
  readonly category: string | null
  readonly sort: 'newest' | 'price' | '-price' | null
  readonly limit: number | null
  readonly points: { title: string; text: string }[]
}

const nothing = {
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

async function shownSection(section: Section, locale: string): Promise<ShownSection> {
  const { type } = section
  switch (section.type) {
    case 'hero':
      return { ...nothing, type, ...wordsFor(section.texts, locale), to: section.to }
    case 'products': {
      const { category, sort, limit } = section
      return { ...nothing, type, ...wordsFor(section.texts, locale), category, sort, limit }
    }
    case 'categories':
      return { ...nothing, type, ...wordsFor(section.texts, locale) }
    case 'recommended':
      return { ...nothing, type }
    case 'text': {
      const { title, body } = wordsFor(section.texts, locale)
      return { ...nothing, type, title, html: await html(body) }
    }
    case 'points':
      return { ...nothing, type, points: section.points.map(({ texts }) => wordsFor(texts, locale)) }
  }
}

/** The sections of the home page; none where nobody has written it. Undefined: a preview that is over, or of something else. */
export async function showHome(deps: Deps, locale: string, preview?: string): Promise<ShownSection[] | undefined> {
  const home = await documentOf(deps, 'home', HOME, preview)
  if (!home) return preview === undefined ? [] : undefined
  return await Promise.all(home.sections.map((section) => shownSection(section, locale)))
}

/** A page, or undefined where visitors have none at this address. */
export async function showPage(deps: Deps, slug: string, locale: string, preview?: string) {
  const page = await documentOf(deps, 'page', slug, preview)
  if (!page) return undefined
  const { title, description, body } = wordsFor(page.texts, locale)
  return { slug, title, description, html: await html(body) }
}

/** What stands around every page: menus by name, and the banners that are up. `turnsIn`: milliseconds until that changes by itself. */
export async function showFrame({ db }: Deps, locale: string, now: number) {
  const [banners, menus] = await Promise.all([publishedOf(db.sql, 'banner'), publishedOf(db.sql, 'menu')])
  const documents = banners.map(({ document }) => document)
  return {
    turnsIn: nextTurn(documents, now),
    frame: {
      banners: banners
        .filter(({ document }) => isUp(document, now))
        .map(({ slug, document: { to, texts } }) => ({ key: slug, to, text: wordsFor(texts, locale).text })),
      menus: menus.map(({ slug, document: { items } }) => ({
        key: slug,
        items: items.map(({ to, texts }) => ({ to, label: wordsFor(texts, locale).label })),
      })),
    },
  }
}

/** Pages that visitors see, by address. */
export async function showPages({ db }: Deps, locale: string) {
  const pages = await publishedOf(db.sql, 'page')
  return pages.map(({ slug, document, publishedAt }) => ({
    slug,
    title: wordsFor(document.texts, locale).title,
    publishedAt: publishedAt.toISOString(),
  }))
}
