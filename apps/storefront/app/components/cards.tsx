import type { Card } from '../api.server.ts'
import { useSpeech } from '../i18n/language.ts'
import { Link } from './link.tsx'
import { Price } from './price.tsx'
import { Stars } from './reviews/stars.tsx'
import { srcSetOf } from './widths.ts'

/** The first pictures of a page are loaded at once, the others when they come near. */
const AT_ONCE = 4
/** Two beside each other on a telephone, then as many as fit (.cards in parts.css). */
const SIZES = '(min-width: 36rem) 18rem, 44vw'

interface Props {
  readonly products: readonly Card[]
  readonly level?: 'h2' | 'h3'
  /** somebody goes to a product; places count from 1 */
  readonly onChoose?: ((product: Card, position: number) => void) | undefined
  /** list these were recommended in, told to the product's page; a page that is fetched ahead would count as chosen */
  readonly from?: string
  /** below what is seen first */
  readonly lazy?: boolean
}

export function Cards({ products, level = 'h3', onChoose, from, lazy = false }: Props) {
  return (
    <ul className="cards">
      {products.map((product, index) => (
        <li key={product.id} onClickCapture={onChoose ? () => onChoose(product, index + 1) : undefined}>
          <ProductCard product={product} eager={!lazy && index < AT_ONCE} level={level} from={from} />
        </li>
      ))}
    </ul>
  )
}

interface CardProps {
  readonly product: Card
  readonly eager: boolean
  readonly level: 'h2' | 'h3'
  readonly from: string | undefined
}

function ProductCard({ product, eager, level: Title, from }: CardProps) {
  const { words } = useSpeech()
  return (
    <article className="card">
      <div className="picture">
        {product.image ? (
          <img
            src={product.image.url}
            srcSet={srcSetOf(product.image.url)}
            sizes={SIZES}
            alt=""
            width={480}
            height={600}
            loading={eager ? 'eager' : 'lazy'}
            fetchPriority={eager ? 'high' : 'auto'}
          />
        ) : null}
      </div>
      <Title className="card-title">
        <Link to={`/p/${product.slug}${from ? `?from=${from}` : ''}`} prefetch={from ? 'none' : 'intent'}>
          {product.title}
        </Link>
      </Title>
      {product.brand ? <p className="soft small">{product.brand}</p> : null}
      {product.reviewCount > 0 ? (
        <p className="card-rating small">
          <Stars value={product.rating} />{' '}
          <span className="soft">
            <span aria-hidden="true">({product.reviewCount})</span>
            <span className="hidden">{words.product.reviews(product.reviewCount)}</span>
          </span>
        </p>
      ) : null}
      <p>
        <Price now={product.price} before={product.listPrice} varies={product.priceVaries} />
      </p>
      {product.inStock ? null : <p className="tag">{words.product.soldOut}</p>}
    </article>
  )
}
