import type { Answer } from '../../../../packages/client/src/client.ts'
import { moment } from '../i18n/format.ts'
import { useSpeech } from '../i18n/later.ts'
import { Link } from './link.tsx'

type Parcel = Answer<'GET /api/orders/{id}/parcels'>['items'][number]
type State = Parcel['state']

/** The parcels of an order, each with its carrier, number, content and what happened to it. */
export function Parcels({ parcels }: { parcels: readonly Parcel[] }) {
  const { words } = useSpeech()
  return parcels.map((parcel, index) => (
    <article key={parcel.id} className="panel stack" aria-labelledby={`parcel-${parcel.id}`} data-parcel={parcel.state}>
      <div className="spread">
        <h3 id={`parcel-${parcel.id}`}>{words.order.parcel(index + 1, parcels.length)}</h3>
        <p role="status">
          <strong>{words.track.states[parcel.state]}</strong>
        </p>
      </div>
      {parcel.carrier === null ? null : (
        <dl className="facts">
          <dt>{words.order.carrier}</dt>
          <dd>{parcel.carrier}</dd>
          <dt>{words.track.parcelNumber}</dt>
          <dd>
            <TrackingNumber parcel={parcel} />
          </dd>
        </dl>
      )}
      <ul className="small" aria-label={words.order.parcelContent}>
        {parcel.items.map(({ sku, title, quantity }) => (
          <li key={sku}>
            {quantity} × {title}
          </li>
        ))}
      </ul>
      <ParcelSteps steps={parcel.events} />
    </article>
  ))
}

/** Leads to the carrier's page, or to ours where the carrier has none. */
function TrackingNumber({ parcel: { trackingNumber, trackingUrl } }: { parcel: Parcel }) {
  const { words } = useSpeech()
  if (trackingNumber === null) return <span className="soft">{words.order.noTrackingYet}</span>
  if (trackingUrl !== null)
    return (
      <a href={trackingUrl} rel="noreferrer">
        {trackingNumber}
      </a>
    )
  return <Link to={`/track?parcel=${encodeURIComponent(trackingNumber)}`}>{trackingNumber}</Link>
}

/** What happened to a parcel, oldest first. */
export function ParcelSteps({ steps }: { steps: readonly { readonly state: State; readonly at: string }[] }) {
  const { language, words } = useSpeech()
  if (steps.length === 0) return null
  return (
    <ol className="timeline">
      {steps.map(({ state, at }) => (
        <li key={`${state} ${at}`}>
          <p>{words.track.states[state]}</p>
          <p className="soft small">{moment(at, language)}</p>
        </li>
      ))}
    </ol>
  )
}
