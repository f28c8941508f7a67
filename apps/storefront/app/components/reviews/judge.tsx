import { Form } from 'react-router'
import { useSpeech } from '../../i18n/later.ts'
import { REPORT_REASONS } from './filter.ts'
import type { ReviewsOfProduct } from './reviews.server.ts'

/** What came of the last vote or report on this page. */
export type Answer = { readonly reviewId: string; readonly done?: string; readonly message?: string } | undefined

/** What a reader may say of a review: whether it helped, and that something is wrong with it. */
export function Judge({ review, answer }: { review: ReviewsOfProduct['items'][number]; answer: Answer }) {
  const { language, words } = useSpeech()
  if (review.mine) return <p className="soft small">{words.reviews.mine}</p>
  const { helpful, unhelpful, myVote } = review
  return (
    <div className="stack small" lang={language}>
      <Form method="post" className="row" preventScrollReset>
        <input type="hidden" name="reviewId" value={review.id} />
        <span>{words.reviews.helpful}</span>
        <button
          type="submit"
          className="link"
          name="do"
          value={myVote === true ? 'review-unvote' : 'review-helpful'}
          aria-pressed={myVote === true}
        >
          {words.reviews.yes(helpful)}
        </button>
        <button
          type="submit"
          className="link"
          name="do"
          value={myVote === false ? 'review-unvote' : 'review-unhelpful'}
          aria-pressed={myVote === false}
        >
          {words.reviews.no(unhelpful)}
        </button>
      </Form>
      {answer ? (
        <p className={answer.message ? 'note bad' : 'note good'} role="status">
          {answer.message ?? answer.done}
        </p>
      ) : null}
      <details>
        <summary className="soft">{words.reviews.report}</summary>
        <Form method="post" className="stack panel" preventScrollReset>
          <input type="hidden" name="reviewId" value={review.id} />
          <div className="field">
            <label htmlFor={`reason-${review.id}`}>{words.reviews.reportWhy}</label>
            <select id={`reason-${review.id}`} name="reason">
              {REPORT_REASONS.map((reason) => (
                <option key={reason} value={reason}>
                  {words.reviews.reportReasons[reason]}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor={`comment-${review.id}`}>{words.reviews.reportComment}</label>
            <input id={`comment-${review.id}`} name="comment" maxLength={500} />
          </div>
          <button type="submit" className="button quiet small" name="do" value="review-report">
            {words.reviews.reportSend}
          </button>
        </Form>
      </details>
    </div>
  )
}
