import type { Item } from '../../../../packages/client/src/client.ts'
import { day } from '../../../storefront/app/i18n/format.ts'
import { useEvery } from '../live.ts'
import { AnswerActions } from '../parts/answer-actions.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { api } from '../session.ts'

type Review = Item<'GET /api/reviews/of-my-products'>

const REFRESH_MS = 10_000
const ANSWERED = ['no', 'yes'] as const
const STARS = ['1', '2', '3', '4', '5'] as const
const SORTS = ['newest', 'oldest', 'lowest'] as const

/** What buyers say of what a seller sells, for the seller to answer. What waits for staff, or was hidden, is not among it. */
export function OwnReviews() {
  const { values, set } = useFilter(['answered', 'stars', 'sort'])
  const every = useEvery(REFRESH_MS)
  const answered = ANSWERED.find((one) => one === values.answered)
  const stars = STARS.find((one) => one === values.stars)
  const sort = SORTS.find((one) => one === values.sort)
  return (
    <div className="stack">
      <h1>Reviews of my stall</h1>
      <div className="row">
        <Choice label="Answered" value={answered} options={ANSWERED} onChange={(value) => set('answered', value)} />
        <Choice label="Stars" value={stars} options={STARS} onChange={(value) => set('stars', value)} />
        <Choice label="Order" value={sort} options={SORTS} onChange={(value) => set('sort', value)} />
      </div>
      <Rows
        label="Reviews of my stall"
        name={['own-reviews', answered, stars, sort]}
        every={every}
        load={(cursor) =>
          api.call('GET /api/reviews/of-my-products', {
            query: {
              limit: 50,
              cursor,
              sort,
              ...(answered ? { answered: answered === 'yes' } : {}),
              ...(stars ? { stars: Number(stars) } : {}),
            },
          })
        }
        keyOf={({ id }) => id}
        empty="Nobody has written about what you sell, or nothing fits these filters."
        columns={[
          { title: 'Shown since', width: '8rem', cell: ({ publishedAt }) => day(publishedAt, 'en') },
          { title: 'Product', width: '9rem', cell: ({ product }) => product?.title ?? '–' },
          {
            title: 'Stars',
            width: '5rem',
            cell: ({ stars: given }) => (
              <span role="img" aria-label={`${given} of 5 stars`}>
                {'★'.repeat(given)}
              </span>
            ),
          },
          { title: 'Words', width: 'minmax(9rem, 1fr)', cell: (review) => <Words review={review} /> },
          { title: 'Answer', width: 'minmax(7rem, 0.6fr)', cell: ({ reply }) => (reply ? `${reply.name}: ${reply.text}` : '–') },
          {
            title: 'To do',
            width: '13rem',
            cell: ({ id, reply }) =>
              reply?.role === 'shop' ? (
                <span className="soft">The shop has answered</span>
              ) : (
                <AnswerActions id={id} text={reply?.text} permission="reviews:reply-own" />
              ),
          },
        ]}
      />
    </div>
  )
}

const Words = ({ review: { title, text, name, pictures } }: { review: Review }) => (
  <span title={text}>
    {title ? <strong>{title}: </strong> : null}
    {text} <span className="soft">– {name}</span>
    {pictures.map(({ id, renditions }, index) => (
      <a key={id} href={renditions.at(-1)?.url} target="_blank" rel="noreferrer">
        {` picture ${index + 1}`}
      </a>
    ))}
  </span>
)
