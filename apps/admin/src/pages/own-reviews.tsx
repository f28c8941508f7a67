import { useQuery } from '@tanstack/react-query'
import { day } from '../../../storefront/app/i18n/format.ts'
import { useEvery } from '../live.ts'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { AnswerActions } from '../reviews/answer-actions.tsx'
import { reviewColumns } from '../reviews/columns.tsx'
import { WholeReview } from '../reviews/whole-review.tsx'
import { api } from '../session.ts'

const REFRESH_MS = 10_000
const ANSWERED = ['no', 'yes'] as const
const STARS = ['1', '2', '3', '4', '5'] as const
const SORTS = ['newest', 'oldest', 'lowest'] as const

/** What buyers say of what a seller sells, for the seller to answer. What waits for staff, or was hidden, is not among it. */
export function OwnReviews() {
  const { values, set } = useFilter(['answered', 'stars', 'sort', 'review'])
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
          { title: 'Shown since', width: '10rem', cell: ({ publishedAt }) => day(publishedAt, 'en') },
          ...reviewColumns((id) => set('review', id)),
          { title: 'Answer', width: 'minmax(7rem, 0.6fr)', cell: ({ reply }) => (reply ? `${reply.name}: ${reply.text}` : '–') },
        ]}
      />
      {values.review ? <Whole id={values.review} close={() => set('review', '')} /> : null}
    </div>
  )
}

/** One review, and the answer of who sells its product. */
function Whole({ id, close }: { id: string; close: () => void }) {
  const found = useQuery({
    queryKey: ['own-review', id],
    queryFn: () => api.call('GET /api/reviews/of-my-products', { query: { reviewId: id, limit: 1 } }),
    refetchInterval: useEvery(REFRESH_MS),
  })
  if (found.error) return <Trouble error={found.error} />
  if (!found.data) return <p className="soft">Loading …</p>
  const [one] = found.data.items
  if (!one) return <p className="soft">This review is not shown any more.</p>
  return (
    <WholeReview
      review={one}
      about={
        <>
          {one.product?.title}, by {one.name}, {when(one.publishedAt)}
          {one.verified ? ', bought here' : ''}
        </>
      }
      actions={
        one.reply?.role === 'shop' ? (
          <p className="soft">The shop has answered itself: only the shop changes that answer.</p>
        ) : (
          <AnswerActions id={one.id} text={one.reply?.text} permission="reviews:reply-own" />
        )
      }
      close={close}
    />
  )
}
