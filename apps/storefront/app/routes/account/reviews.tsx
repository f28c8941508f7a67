import { Link as Plain } from 'react-router'
import type { Route } from './+types/reviews'
import { apiOf } from '../../api.server.ts'
import { Link } from '../../components/link.tsx'
import { pageMeta } from '../../components/meta.ts'
import { EmptyStall } from '../../components/pictures.tsx'
import { day } from '../../i18n/format.ts'
import { languageOf } from '../../i18n/language.ts'
import { useSpeech, wordsOf } from '../../i18n/later.ts'
import { Pictures } from '../../components/reviews/reviews.tsx'
import { Stars } from '../../components/reviews/stars.tsx'
import { requireUser } from '../../session.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  requireUser(context, request)
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined
  return await apiOf(context, request).call('GET /api/reviews/mine', { query: { limit: 20, cursor } })
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).reviews.own, location, matches, hidden: true })

export default function OwnReviews({ loaderData: { items, next } }: Route.ComponentProps) {
  const { language, words } = useSpeech()
  if (items.length === 0) {
    return (
      <div className="empty">
        <EmptyStall />
        <h2>{words.reviews.ownNone}</h2>
        <p className="soft">{words.reviews.ownNoneHint}</p>
      </div>
    )
  }
  return (
    <section className="stack">
      <h2>{words.reviews.own}</h2>
      <ul className="stack">
        {items.map((review) => (
          <li key={review.id} className="panel stack">
            <p className="spread">
              <strong>{review.product?.title ?? words.me.gone}</strong>
              <span className="tag">{words.reviews.states[review.state]}</span>
            </p>
            <p className="row">
              <Stars value={review.stars} /> {review.title ? <strong>{review.title}</strong> : null}
              <span className="soft small">{day(review.createdAt, language)}</span>
            </p>
            <p className="review-text">{review.text}</p>
            <Pictures review={review} />
            {review.rejection ? (
              <p className="note bad">
                {words.reviews.rejected(words.reviews.rejections[review.rejection.reason], review.rejection.note)}
              </p>
            ) : null}
            {review.reply ? (
              <blockquote className="note">
                <strong>{words.reviews.answerOf(review.reply.name)}</strong>{' '}
                <span className="review-text">{review.reply.text}</span>
              </blockquote>
            ) : null}
            {review.product ? (
              <p className="row">
                <Link to={`/p/${review.product.slug}/review`}>{words.reviews.change}</Link>
                <Link to={`/p/${review.product.slug}`}>{words.reviews.toProduct}</Link>
              </p>
            ) : null}
          </li>
        ))}
      </ul>
      {next ? <Plain to={`?after=${encodeURIComponent(next)}`}>{words.reviews.more}</Plain> : null}
    </section>
  )
}
