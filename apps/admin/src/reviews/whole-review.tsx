import type { ReactNode } from 'react'
import { type Picture, ReviewPictures } from './review-pictures.tsx'

interface Props {
  readonly review: {
    readonly id: string
    readonly stars: number
    readonly title: string
    readonly text: string
    readonly pictures: readonly Picture[]
    readonly reply: { readonly name: string; readonly text: string } | null
  }
  /** who wrote it, when, and what is known of that */
  readonly about: ReactNode
  /** what else the reader may know, above the answer */
  readonly children?: ReactNode
  /** what the reader can do about the answer */
  readonly actions: ReactNode
  readonly close: () => void
}

/** One review as everybody reads it, with its answer. */
export function WholeReview({ review, about, children, actions, close }: Props) {
  const { stars, title, text, reply } = review
  return (
    <section className="panel stack" aria-label="The whole review">
      <div className="spread">
        <h2>
          {'★'.repeat(stars)} {title || 'Without a headline'}
        </h2>
        <button type="button" className="link" onClick={close}>
          Close
        </button>
      </div>
      <p className="soft">{about}</p>
      <p style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{text}</p>
      <ReviewPictures review={review} />
      {children}
      {reply ? (
        <blockquote className="note">
          {reply.name}: {reply.text}
        </blockquote>
      ) : null}
      {actions}
    </section>
  )
}
