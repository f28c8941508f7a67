import type { MetaDescriptor } from 'react-router'
import { LANGUAGES, translated } from '../i18n/language.ts'

interface PageFacts {
  readonly title: string
  readonly description?: string | undefined
  readonly location: { readonly pathname: string; readonly search: string }
  readonly matches: readonly unknown[]
  /** pages that are nobody's business but the visitor's */
  readonly hidden?: boolean
  readonly image?: string | undefined
  /** schema.org facts */
  readonly facts?: Record<string, unknown> | undefined
}

const originOf = (matches: readonly unknown[]): string => {
  const [root] = matches as ({ loaderData?: { publicUrl?: string } } | undefined)[]
  return root?.loaderData?.publicUrl ?? ''
}

/** Title, canonical address, the same page in the other language, and what search engines read. */
export function pageMeta({ title, description, location, matches, hidden, image, facts }: PageFacts): MetaDescriptor[] {
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
    ...(facts ? [{ 'script:ld+json': { '@context': 'https://schema.org', ...facts } as never }] : []),
  ]
}
