import { api } from '../session.ts'
import { Action } from '../parts/action.tsx'

export interface Picture {
  readonly id: string
  readonly renditions: readonly { readonly url: string }[]
  /** not shown to others yet; not told to whom it does not concern */
  readonly waiting?: boolean
}

/** Pictures of a review, those that wait marked; staff take one away without the words. */
export function ReviewPictures({ review: { id, pictures } }: { review: { id: string; pictures: readonly Picture[] } }) {
  if (pictures.length === 0) return null
  return (
    <ul className="row">
      {pictures.map(({ id: pictureId, renditions, waiting }, index) => (
        <li key={pictureId} className="stack">
          <a href={renditions.at(-1)?.url} target="_blank" rel="noreferrer">
            <img
              src={renditions[0]?.url}
              alt={`${index + 1} by the author`}
              width={96}
              height={96}
              style={{ objectFit: 'cover' }}
            />
          </a>
          {waiting ? <span className="tag">new, not shown yet</span> : null}
          <Action
            name={`Remove picture ${index + 1}`}
            permission="reviews:moderate"
            confirm="The picture is gone for good; the words stay."
            run={() => api.call('DELETE /api/reviews/{id}/pictures/{pictureId}', { path: { id, pictureId } })}
          />
        </li>
      ))}
    </ul>
  )
}
