import type { Section } from '../content.server.ts'
import type { Recommendation } from '../recommendations.server.ts'
import { useShop } from '../root.tsx'
import { useSpeech } from '../i18n/language.ts'
import { Cards } from './cards.tsx'
import { Link } from './link.tsx'
import { Arches } from './pictures.tsx'
import { Recommended } from './recommended.tsx'
import { Target, Written } from './written.tsx'

interface Props {
  readonly sections: readonly Section[]
  readonly recommended: { readonly feed: Recommendation | undefined; readonly trending: Recommendation | undefined }
}

/** The home page, from the top. */
export function Sections({ sections, recommended }: Props) {
  // pictures of what is seen first are loaded at once
  const first = sections.findIndex(({ type, products }) => type === 'products' && products.length > 0)
  const hero = sections.findIndex(({ type }) => type === 'hero')
  const { words } = useSpeech()
  return (
    <>
      {hero < 0 ? <h1 className="hidden">{words.home.lead}</h1> : null}
      {sections.map((section, index) =>
        section.type === 'hero' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: sections have no other name, and keep their places while the page is shown
          <Hero key={index} section={section} first={index === hero} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same
          <div key={index} className="page section">
            <Part section={section} recommended={recommended} lazy={index !== first} />
          </div>
        ),
      )}
    </>
  )
}

function Hero({ section: { title, text, label, to }, first }: { section: Section; first: boolean }) {
  const Title = first ? 'h1' : 'h2'
  return (
    <section className="hero">
      <div className="page">
        <div className="words">
          <Title>{title}</Title>
          <p>{text}</p>
          <Target className="button" to={to ?? '/products'}>
            {label}
          </Target>
        </div>
        <Arches />
      </div>
    </section>
  )
}

function Part({ section, recommended, lazy }: { section: Section; recommended: Props['recommended']; lazy: boolean }) {
  const stalls = useShop()?.categories.filter(({ level }) => level === 0) ?? []
  const { type, title, html, products, points } = section
  switch (type) {
    case 'products':
      return products.length === 0 ? null : (
        <section className="stack">
          <h2>{title}</h2>
          <Cards products={products} lazy={lazy} />
        </section>
      )
    case 'recommended':
      return (
        <>
          <Recommended list={recommended.feed} />
          <Recommended list={recommended.trending} />
        </>
      )
    case 'categories':
      return stalls.length === 0 ? null : (
        <section className="stack">
          <h2>{title}</h2>
          <ul className="doors">
            {stalls.map(({ id, slug, title: name }) => (
              <li key={id}>
                <Link to={`/c/${slug}`}>{name}</Link>
              </li>
            ))}
          </ul>
        </section>
      )
    case 'text':
      return (
        <section className="stack">
          <h2>{title}</h2>
          <Written html={html ?? ''} />
        </section>
      )
    case 'points':
      return (
        <ul className="promises">
          {points.map(({ title: name, text }) => (
            <li key={name} className="stack">
              <h3>{name}</h3>
              <p className="soft">{text}</p>
            </li>
          ))}
        </ul>
      )
    case 'hero':
      return null
  }
}
