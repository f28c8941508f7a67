import { useQuery } from '@tanstack/react-query'
import { day } from '../../../storefront/app/i18n/format.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import type { Item } from '../../../../packages/client/src/client.ts'
import { useEvery } from '../live.ts'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { AnswerActions } from '../reviews/answer-actions.tsx'
import { reviewColumns } from '../reviews/columns.tsx'
import { CONFIGURE, ReviewRules } from '../reviews/review-rules.tsx'
import { WholeReview } from '../reviews/whole-review.tsx'
import { api, may } from '../session.ts'

type Review = Item<'GET /api/reviews/queue'>

/** The list and the whole review are read again together: both show the words that are decided about. */
const REFRESH_MS = 10_000
const STATES = ['pending', 'hidden', 'rejected', 'published'] as const
const STARS = ['1', '2', '3', '4', '5'] as const
const SORTS = ['oldest', 'newest', 'reports'] as const
const REJECTIONS = ['off-topic', 'offensive', 'advertising', 'personal-data', 'other'] as const

const PARTS = [
  { value: 'queue', label: 'Queue' },
  { value: 'rules', label: 'Rules' },
] as const

/** What waits for staff, and for who may say so what makes it wait. */
export function Reviews() {
  const { values } = useFilter(['part'])
  const configures = may(CONFIGURE)
  const rules = configures && values.part === 'rules'
  return (
    <div className="stack">
      <h1>Reviews</h1>
      {configures ? <Tabs label="Parts of the reviews" parts={PARTS} now={rules ? 'rules' : 'queue'} /> : null}
      {rules ? <ReviewRules /> : <Queue />}
    </div>
  )
}

/** What rules and readers brought to staff, oldest first; with a state, all of that state. */
function Queue() {
  const { values, set } = useFilter(['state', 'reported', 'stars', 'sort', 'review'])
  const every = useEvery(REFRESH_MS)
  const state = STATES.find((one) => one === values.state)
  const stars = STARS.find((one) => one === values.stars)
  const sort = SORTS.find((one) => one === values.sort)
  const reported = values.reported === 'yes'
  const name = ['reviews', state, reported, stars, sort]
  return (
    <>
      <div className="row">
        <Choice label="State" value={state} options={STATES} onChange={(value) => set('state', value)} />
        <Choice
          label="Reported"
          value={reported ? 'yes' : undefined}
          options={['yes']}
          onChange={(value) => set('reported', value)}
        />
        <Choice label="Stars" value={stars} options={STARS} onChange={(value) => set('stars', value)} />
        <Choice label="Order" value={sort} options={SORTS} onChange={(value) => set('sort', value)} />
      </div>
      <Rows
        label="Reviews"
        name={name}
        every={every}
        load={(cursor) =>
          api.call('GET /api/reviews/queue', {
            query: {
              limit: 50,
              cursor,
              state,
              sort,
              ...(reported ? { reported } : {}),
              ...(stars ? { stars: Number(stars) } : {}),
            },
          })
        }
        keyOf={({ id }) => id}
        empty="Nothing waits for you."
        columns={[
          { title: 'Written', width: '8rem', cell: ({ createdAt }) => day(createdAt, 'en') },
          ...reviewColumns((id) => set('review', id)),
          { title: 'Why', width: '9rem', cell: (review) => whyOf(review) },
          { title: 'State', width: '6rem', cell: (review) => <State of={review.state} /> },
          { title: 'To do', width: '13rem', cell: (review) => <Decide review={review} /> },
        ]}
      />
      {values.review ? <Whole id={values.review} close={() => set('review', '')} /> : null}
    </>
  )
}

const whyOf = ({ reasons, openReports, picturesWaiting }: Review): string =>
  [
    ...(openReports > 0 ? [openReports === 1 ? '1 report' : `${openReports} reports`] : []),
    ...(picturesWaiting > 0 ? [picturesWaiting === 1 ? '1 new picture' : `${picturesWaiting} new pictures`] : []),
    ...reasons,
  ].join(', ')

function Decide({ review }: { review: Pick<Review, 'id' | 'state' | 'openReports' | 'picturesWaiting' | 'version'> }) {
  // what is decided about are the words on this page, not what their author has made of them since
  const path = { id: review.id }
  const options = { ifMatch: `"${review.version}"` }
  return (
    <span className="row">
      {review.state !== 'published' || review.openReports > 0 || review.picturesWaiting > 0 ? (
        <Action
          name="Approve"
          permission="reviews:moderate"
          run={() => api.call('POST /api/reviews/{id}/approve', { path, body: {} }, options)}
        />
      ) : (
        <Action
          name="Hide"
          permission="reviews:moderate"
          confirm="Nobody sees the review any more; its author is not told."
          run={() => api.call('POST /api/reviews/{id}/hide', { path, body: {} }, options)}
        />
      )}
      {review.state === 'rejected' ? null : (
        <Action
          name="Reject"
          permission="reviews:moderate"
          confirm="The author gets a mail with the reason and your words, and can change the review."
          run={(form) =>
            api.call(
              'POST /api/reviews/{id}/reject',
              {
                path,
                body: {
                  reason: REJECTIONS.find((one) => one === form.get('reason')) ?? 'other',
                  note: String(form.get('note') ?? ''),
                },
              },
              options,
            )
          }
        >
          <label className="field">
            <span className="legend">Reason</span>
            <select className="input" name="reason">
              {REJECTIONS.map((reason) => (
                <option key={reason}>{reason}</option>
              ))}
            </select>
          </label>
          <Field label="Words to the author (optional)" name="note" maxLength={1000} />
        </Action>
      )}
    </span>
  )
}

/** One review with its pictures, reports and answer. */
function Whole({ id, close }: { id: string; close: () => void }) {
  const path = { id }
  const review = useQuery({
    queryKey: ['review', id],
    queryFn: () => api.call('GET /api/reviews/{id}', { path }),
    refetchInterval: useEvery(REFRESH_MS),
  })
  const reports = useQuery({
    queryKey: ['review', id, 'reports'],
    queryFn: () => api.call('GET /api/reviews/{id}/reports', { path }),
  })
  if (review.error) return <Trouble error={review.error} />
  const one = review.data
  if (!one) return <p className="soft">Loading …</p>
  return (
    <WholeReview
      review={one}
      about={
        <>
          {one.name}, {when(one.createdAt)}
          {one.verified ? ', bought here' : ''}, {one.helpful} found it helpful, {one.unhelpful} did not
        </>
      }
      actions={<AnswerActions id={id} text={one.reply?.text} permission="reviews:reply" />}
      close={close}
    >
      {one.rejection ? (
        <p>
          Rejected: {one.rejection.reason}. {one.rejection.note}
        </p>
      ) : null}
      {reports.data && reports.data.items.length > 0 ? (
        <ul>
          {reports.data.items.map(({ reason, comment, at, open }) => (
            <li key={at}>
              {when(at)}: {reason}
              {comment ? `: ${comment}` : ''} {open ? '' : '(looked at)'}
            </li>
          ))}
        </ul>
      ) : null}
    </WholeReview>
  )
}
