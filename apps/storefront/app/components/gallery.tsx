import type { Product } from '../api.server.ts'
import { useSpeech } from '../i18n/language.ts'

type Media = Product['media'][number]

const sources = ({ renditions }: Media): string =>
  renditions
    .filter(({ width }) => width !== null)
    .map(({ url, width }) => `${url} ${width}w`)
    .join(', ')

export function Gallery({ media, title }: { media: readonly Media[]; title: string }) {
  const { words } = useSpeech()
  const [first, ...others] = media.filter(({ contentType }) => contentType.startsWith('image/'))
  return (
    <section className="gallery" aria-label={words.product.images}>
      <div className="first">
        {first ? (
          <img
            src={first.renditions.at(-1)?.url}
            srcSet={sources(first)}
            sizes="(min-width: 52rem) 38rem, 92vw"
            alt={first.alt || title}
            width={960}
            height={1200}
            fetchPriority="high"
          />
        ) : null}
      </div>
      {others.length > 0 ? (
        <ul>
          {others.map((one) => (
            <li key={one.id}>
              <img
                src={one.renditions[0]?.url}
                srcSet={sources(one)}
                sizes="(min-width: 52rem) 9rem, 22vw"
                alt={one.alt}
                loading="lazy"
                width={240}
                height={240}
              />
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  )
}
