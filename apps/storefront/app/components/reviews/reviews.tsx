import { Form, Link as Plain } from 'react-router'
import { Link } from '../link.tsx'
import { day } from '../../i18n/format.ts'
import { useSpeech } from '../../i18n/later.ts'
import { filterSearch, SORTS } from './filter.ts'
import { type Answer, Judge } from './judge.tsx'
import type { ReviewsOfProduct } from './reviews.server.ts'
import { Stars } from './stars.tsx'

type Review = ReviewsOfProduct['items'][number]

/** schema.org facts for search engines; nothing where there is no review. */
export const ratingFacts = ({ average, reviews }: { average: number; reviews: number }) =>
  reviews === 0
    ? {}
    : {
        aggregateRating: {
          '@type': 'AggregateRating',
          ratingValue: average,
          reviewCount: reviews,
          bestRating: 5,
          worstRating: 1,
        },
      }

/** Under the title: how many stars, and the way to the reviews. */
export function RatingLink({ summary }: { summary: ReviewsOfProduct['summary'] }) {
  const { words } = useSpeech()
  if (summary.reviews === 0) return null
  return (
    <a href="#reviews" className="rating-link">
      <Stars value={summary.average} /> <span className="small">{words.product.reviews(summary.reviews)}</span>
    </a>
  )
}

export function Reviews({ slug, reviews, answer }: { slug: string; reviews: ReviewsOfProduct; answer: Answer }) {
  const { words } = useSpeech()
  const { summary, items, next, filter } = reviews
  const filtered = Boolean(filter.stars || filter.verified || filter.pictures || filter.tag)
  return (
    <section className="stack section" id="reviews" aria-labelledby="reviews-title">
      <div className="spread">
        <h2 id="reviews-title">{words.reviews.title}</h2>
        <Invitation slug={slug} mine={reviews.mine} />
      </div>
      {summary.reviews === 0 ? (
        <p className="soft">{words.reviews.none}</p>
      ) : (
        <div className="reviews">
          <Summary reviews={reviews} />
          <div className="stack">
            <Filter reviews={reviews} />
            {items.length === 0 ? <p className="soft">{words.reviews.noneFits}</p> : null}
            <ol className="review-list">
              {items.map((review) => (
                <li key={review.id} id={`review-${review.id}`}>
                  <OneReview review={review} tags={summary.tags} answer={answer?.reviewId === review.id ? answer : undefined} />
                </li>
              ))}
            </ol>
            <p className="row">
              {next ? (
                <Plain className="button quiet small" to={filterSearch(filter, { after: next })} preventScrollReset>
                  {words.reviews.more}
                </Plain>
              ) : null}
              {filter.after || filtered ? (
                <Plain to={filter.after ? filterSearch(filter, {}) : '?#reviews'} preventScrollReset>
                  {filter.after ? words.reviews.first : words.reviews.all}
                </Plain>
              ) : null}
            </p>
          </div>
        </div>
      )}
    </section>
  )
}

function Invitation({ slug, mine }: { slug: string; mine: ReviewsOfProduct['mine'] }) {
  const { words } = useSpeech()
  if (mine && !mine.written && mine.refused) return <p className="soft small">{words.reviews.refused[mine.refused]}</p>
  return (
    <Link className="button quiet small" to={`/p/${slug}/review`}>
      {mine?.written ? words.reviews.change : words.reviews.write}
    </Link>
  )
}

function Summary({ reviews: { summary, filter } }: { reviews: ReviewsOfProduct }) {
  const { language, words } = useSpeech()
  const average = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(summary.average)
  return (
    <div className="stack review-summary">
      <p className="row">
        <strong className="review-average">{average}</strong>
        <span>
          <Stars value={summary.average} />
          <br />
          <span className="soft small">{words.product.reviews(summary.reviews)}</span>
        </span>
      </p>
      <ul className="histogram">
        {summary.stars.map(({ stars, count }) => (
          <li key={stars}>
            <Plain
              to={filterSearch(filter, { stars: filter.stars === stars ? undefined : stars })}
              preventScrollReset
              aria-current={filter.stars === stars ? 'true' : undefined}
            >
              <span className="hidden">{words.reviews.only(stars, count)}</span>
              <span aria-hidden="true">{stars} ★</span>
              <span className="bar" aria-hidden="true">
                <span style={{ width: `${summary.reviews === 0 ? 0 : (count / summary.reviews) * 100}%` }} />
              </span>
              <span aria-hidden="true">{count}</span>
            </Plain>
          </li>
        ))}
      </ul>
      {summary.tags.length > 0 ? (
        <ul className="row" aria-label={words.reviews.tags}>
          {summary.tags.map(({ key, title, count }) => (
            <li key={key}>
              <Plain
                className="tag"
                to={filterSearch(filter, { tag: filter.tag === key ? undefined : key })}
                preventScrollReset
                aria-current={filter.tag === key ? 'true' : undefined}
              >
                {title} ({count})
              </Plain>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  )
}

function Filter({ reviews: { summary, filter } }: { reviews: ReviewsOfProduct }) {
  const { words } = useSpeech()
  return (
    <Form method="get" action="#reviews" className="row review-filter" preventScrollReset>
      {filter.tag ? <input type="hidden" name="tag" value={filter.tag} /> : null}
      <div className="field">
        <label htmlFor="review-sort">{words.list.sort}</label>
        <select id="review-sort" name="sort" defaultValue={filter.sort} key={filter.sort}>
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {words.reviews.sorts[sort]}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="review-stars">{words.reviews.starsFilter}</label>
        <select id="review-stars" name="stars" defaultValue={filter.stars ?? ''} key={filter.stars}>
          <option value="">{words.reviews.anyStars}</option>
          {[5, 4, 3, 2, 1].map((stars) => (
            <option key={stars} value={stars}>
              {words.product.stars(stars)}
            </option>
          ))}
        </select>
      </div>
      <label className="row">
        <input type="checkbox" name="verified" value="1" defaultChecked={filter.verified} />
        {words.reviews.verifiedOnly}
      </label>
      {summary.withPictures > 0 ? (
        <label className="row">
          <input type="checkbox" name="pictures" value="1" defaultChecked={filter.pictures} />
          {words.reviews.withPictures}
        </label>
      ) : null}
      <button className="button quiet small" type="submit">
        {words.list.apply}
      </button>
    </Form>
  )
}

function OneReview({ review, tags, answer }: { review: Review; tags: ReviewsOfProduct['summary']['tags']; answer: Answer }) {
  const { language, words } = useSpeech()
  const titleOf = (key: string) => tags.find((one) => one.key === key)?.title
  return (
    <article className="stack" lang={review.locale}>
      <header>
        <p className="row">
          <Stars value={review.stars} />
          {review.title ? <strong>{review.title}</strong> : null}
        </p>
        <p className="soft small" lang={language}>
          {words.reviews.by(review.name, day(review.publishedAt, language))}
          {review.verified ? <span className="tag review-verified">{words.reviews.verified}</span> : null}
          {review.edited ? ` · ${words.reviews.edited}` : null}
        </p>
      </header>
      <p className="prose review-text">{review.text}</p>
      <Pictures review={review} />
      {review.tags.length > 0 ? (
        <p className="row">
          {review.tags.map((key) => (
            <span key={key} className="tag" lang={language}>
              {titleOf(key)}
            </span>
          ))}
        </p>
      ) : null}
      {review.reply ? (
        <blockquote className="note stack">
          <p className="small">
            <strong>{words.reviews.answerOf(review.reply.name)}</strong>{' '}
            <span className="soft">{day(review.reply.at, language)}</span>
          </p>
          <p className="review-text">{review.reply.text}</p>
        </blockquote>
      ) : null}
      <Judge review={review} answer={answer} />
    </article>
  )
}

export function Pictures({ review }: { review: Pick<Review, 'pictures' | 'name'> }) {
  const { words } = useSpeech()
  if (review.pictures.length === 0) return null
  return (
    <ul className="review-pictures">
      {review.pictures.map(({ id, renditions }, index) => (
        <li key={id}>
          <a href={renditions.at(-1)?.url}>
            <img
              src={renditions[0]?.url}
              alt={words.reviews.picture(index + 1, review.name)}
              loading="lazy"
              width={96}
              height={96}
            />
          </a>
        </li>
      ))}
    </ul>
  )
}
