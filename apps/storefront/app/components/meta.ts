import type { MetaDescriptor } from 'react-router'
import { inLanguage, type Language, LANGUAGES, languageOf, translated } from '../i18n/language.ts'
import type { Step } from './crumbs.tsx'

interface PageFacts {
  readonly title: string
  readonly description?: string | undefined
  readonly location: { readonly pathname: string; readonly search: string }
  readonly matches: readonly unknown[]
  /** pages that are nobody's business but the visitor's */
  readonly hidden?: boolean
  readonly image?: string | undefined
  /** the way to the page and the page itself, for search engines */
  readonly trail?: readonly Step[] | undefined
  /** schema.org facts */
  readonly facts?: Record<string, unknown> | undefined
}

/** Address of the shop as the world knows it, without a slash at its end. */
export const originOf = (matches: readonly unknown[]): string => {
  const [root] = matches as ({ loaderData?: { publicUrl?: string } } | undefined)[]
  return root?.loaderData?.publicUrl ?? ''
}

/** Title, canonical address, the same page in the other language, and what search engines read. */
export function pageMeta({ title, description, location, matches, hidden, image, trail, facts }: PageFacts): MetaDescriptor[] {
  const origin = originOf(matches)
  const canonical = `${origin}${location.pathname}`
  return [
    { title: title.includes('Souk') ? title : `${title} · Souk` },
    ...(description ? [{ name: 'description', content: description.slice(0, 300) }] : []),
    ...(hidden
      ? [{ name: 'robots', content: 'noindex' }]
      : [
          { tagName: 'link' as const, rel: 'canonical', href: canonical },
          ...LANGUAGES.map((language) => ({
            tagName: 'link' as const,
            rel: 'alternate',
            hrefLang: language,
            href: `${origin}${translated(language, { pathname: location.pathname, search: '' })}`,
          })),
          { property: 'og:title', content: title },
          { property: 'og:url', content: canonical },
          ...(image ? [{ property: 'og:image', content: `${origin}${image}` }] : []),
        ]),
    ...(facts ? [schema(facts)] : []),
    ...(trail && !hidden ? [schema(crumbFacts(trail, origin, languageOf(location.pathname)))] : []),
  ]
}

const schema = (facts: Record<string, unknown>): MetaDescriptor => ({
  'script:ld+json': { '@context': 'https://schema.org', ...facts } as never,
})

const crumbFacts = (trail: readonly Step[], origin: string, language: Language) => ({
  '@type': 'BreadcrumbList',
  itemListElement: trail.map(({ title, to }, index) => ({
    '@type': 'ListItem',
    position: index + 1,
    name: title,
    item: `${origin}${inLanguage(language, to)}`,
  })),
})

/** The shop itself, as search engines show it beside what they find. */
export function shopFacts(matches: readonly unknown[]): Record<string, unknown> {
  const origin = originOf(matches)
  return { '@type': 'Organization', '@id': `${origin}/#shop`, name: 'Souk', url: `${origin}/`, logo: `${origin}/icon.svg` }
}
