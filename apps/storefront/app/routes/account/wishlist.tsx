import { Form } from 'react-router'
import type { Route } from './+types/wishlist'
import { apiOf } from '../../api.server.ts'
import { Cards } from '../../components/cards.tsx'
import { pageMeta } from '../../components/meta.ts'
import { EmptyStall } from '../../components/pictures.tsx'
import { answered, textOf } from '../../form-answer.server.ts'
import { languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  return await apiOf(context, request).call('GET /api/wishlists', { query: { limit: 100 } })
}

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const form = await request.formData()
  const productId = textOf(form, 'productId')
  return await answered(languageOf(new URL(request.url).pathname), async () => {
    await apiOf(context, request).call('DELETE /api/wishlists/{productId}', { path: { productId } })
    return undefined
  })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).me.wishlist, location, matches, hidden: true })

export default function Wishlist({ loaderData: { items } }: Route.ComponentProps) {
  const { words } = useSpeech()
  if (items.length === 0) {
    return (
      <div className="empty">
        <EmptyStall />
        <h2>{words.me.wishEmpty}</h2>
        <p className="soft">{words.me.wishEmptyHint}</p>
      </div>
    )
  }
  return (
    <section className="stack">
      <h2>{words.me.wishlist}</h2>
      <ul className="cards">
        {items.map(({ productId, product }) => (
          <li key={productId} className="stack">
            {product ? <Cards products={[product]} /> : <p className="soft">{words.me.gone}</p>}
            <Form method="post">
              <input type="hidden" name="productId" value={productId} />
              <button className="link" type="submit" aria-label={`${words.me.remove}: ${product?.title ?? ''}`}>
                {words.me.remove}
              </button>
            </Form>
          </li>
        ))}
      </ul>
    </section>
  )
}
