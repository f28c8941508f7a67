import { Form } from 'react-router'
import type { Route } from './+types/product'
import { apiOf, notFound, orElse, type Product, isRefusal, SoukError, unlessMissing } from '../api.server.ts'
import { Cards } from '../components/cards.tsx'
import { Crumbs, type Step } from '../components/crumbs.tsx'
import { Gallery } from '../components/gallery.tsx'
import { originOf, pageMeta } from '../components/meta.ts'
import { Purchase } from '../components/purchase.tsx'
import { RecentlyViewed, Recommended } from '../components/recommended.tsx'
import { decimal, grams } from '../i18n/format.ts'
import type { Words } from '../i18n/en.ts'
import { languageOf, useSpeech, wordsOf } from '../i18n/language.ts'
import { isReviewForm, loadReviews, reviewAction } from '../components/reviews/reviews.server.ts'
import { RatingLink, ratingFacts, Reviews } from '../components/reviews/reviews.tsx'
import { besideProduct, countChoice } from '../recommendations.server.ts'
import { requireUser, sessionOf } from '../session.server.ts'
import { variantOf } from '../variants.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const api = apiOf(context, request)
  const path = { id: params.slug }
  const [product, related] = await Promise.all([
    unlessMissing(api.call('GET /api/products/{id}', { path })),
    orElse(api.call('GET /api/products/{id}/related', { path, query: { limit: 4 } }), { items: [] }),
  ])
  if (!product) throw notFound()
  await countChoice(context, request, product.id)
  const [reviews, beside] = await Promise.all([
    loadReviews(api, product.id, request, sessionOf(context).value.user !== undefined),
    besideProduct(context, request, product.id),
  ])
  return { product, related: related.items, reviews, beside }
}

/** Guests sign in first, and come back to the product. */
async function wish(context: Route.ActionArgs['context'], request: Request, productId: string) {
  requireUser(context, request)
  try {
    await apiOf(context, request).call('POST /api/wishlists', { body: { productId } })
  } catch (error) {
    // there already: what was wanted
    if (!(error instanceof SoukError && error.status === 409)) throw error
  }
  return { added: false, wished: true }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const api = apiOf(context, request)
  const form = await request.formData()
  if (isReviewForm(form)) return { review: await reviewAction(context, request, form) }
  if (form.get('do') === 'wish') return await wish(context, request, String(form.get('productId') ?? ''))
  const quantity = Math.max(1, Math.min(999, Math.trunc(Number(form.get('quantity'))) || 1))
  try {
    const product = await api.call('GET /api/products/{id}', { path: { id: params.slug } })
    const variant = variantOf(product, (option) => String(form.get(`option-${option}`) ?? ''))
    if (!variant) return { added: false, code: 'choose' }
    const change = await api.call('POST /api/cart/items', { body: { sku: variant.sku, quantity } })
    if (change.token) sessionOf(context).change({ cart: change.token })
    return { added: true, code: undefined }
  } catch (error) {
    if (isRefusal(error)) return { added: false, code: error.code, message: error.message }
    throw error
  }
}

/** The way to the product: through its department, where it has one. */
function trailOf({ categories: [category] }: Product, { shop }: Words): Step[] {
  return category ? [{ title: category.title, to: `/c/${category.slug}` }] : [{ title: shop.allProducts, to: '/products' }]
}

export const meta: Route.MetaFunction = ({ loaderData, location, matches }) => {
  const product = loaderData?.product
  if (!product) return []
  const image = product.media[0]?.renditions.at(-1)?.url
  const offers = product.variants.filter(({ price: one }) => one !== null)
  return pageMeta({
    title: product.seo.title || product.title,
    description: product.seo.description || product.description,
    location,
    matches,
    image,
    trail: [...trailOf(product, wordsOf(languageOf(location.pathname))), { title: product.title, to: `/p/${product.slug}` }],
    facts: {
      '@type': 'Product',
      name: product.title,
      description: product.description,
      sku: product.variants[0]?.sku,
      ...(product.brand ? { brand: { '@type': 'Brand', name: product.brand.name } } : {}),
      ...(image ? { image: `${originOf(matches)}${image}` } : {}),
      ...ratingFacts(loaderData.reviews.summary),
      offers: offers.map((variant) => ({
        '@type': 'Offer',
        sku: variant.sku,
        ...(variant.price ? { price: decimal(variant.price), priceCurrency: variant.price.currency } : {}),
        availability: `https://schema.org/${variant.inStock ? 'InStock' : 'OutOfStock'}`,
      })),
    },
  })
}

export default function ProductPage({ loaderData: { product, reviews, related, beside }, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const answer = actionData && 'review' in actionData ? actionData.review : undefined
  const bought = actionData && actionData.added !== undefined ? actionData : undefined
  return (
    <div className="page">
      <Crumbs trail={trailOf(product, words)} here={product.title} />
      <article className="product">
        <Gallery media={product.media} title={product.title} />
        <div className="stack">
          <h1>{product.title}</h1>
          <RatingLink summary={reviews.summary} />
          {product.brand ? <p className="soft">{product.brand.name}</p> : null}
          <Purchase key={product.id} product={product} result={bought} />
          <Form method="post" preventScrollReset>
            <input type="hidden" name="productId" value={product.id} />
            <button className="link" type="submit" name="do" value="wish">
              {bought && 'wished' in bought ? words.product.wished : words.product.wish}
            </button>
          </Form>
          {product.description ? (
            <section className="stack">
              <h2 className="hidden">{words.product.description}</h2>
              <p className="prose">{product.description}</p>
            </section>
          ) : null}
          <Facts product={product} />
        </div>
      </article>
      <Reviews slug={product.slug} reviews={reviews} answer={answer} />
      {related.length > 0 ? (
        <section className="stack section">
          <h2>{words.product.related}</h2>
          <Cards products={related} />
        </section>
      ) : null}
      <Recommended list={beside.alsoBought} />
      <Recommended list={beside.similar} />
      <RecentlyViewed viewed={beside.viewed} />
    </div>
  )
}

function Facts({ product }: { product: Product }) {
  const { language, words } = useSpeech()
  const [variant] = product.variants
  const rows: [string, string][] = [
    ...(product.seller ? [[words.product.seller, product.seller.name] as [string, string]] : []),
    ...(variant && variant.weightGrams > 0
      ? [[words.product.weight, grams(variant.weightGrams, language)] as [string, string]]
      : []),
    ...Object.entries(product.attributes)
      .filter(([, value]) => value !== null)
      .map(([name, value]): [string, string] => [name, String(value)]),
    ...(variant ? [[words.product.articleNumber, variant.sku] as [string, string]] : []),
  ]
  return (
    <section className="stack">
      <h2 style={{ fontSize: 'var(--step-1)' }}>{words.product.details}</h2>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
