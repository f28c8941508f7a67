import { Check } from 'typebox/value'
import { errors } from '../errors.ts'
import { type Carrier, type CarrierMessage, carrierStatuses, TrackingNumber } from './carrier.ts'

/** The carrier answered, and what it said is nothing that may be believed: as good as silence. */
class CarrierAnswerRefused extends Error {
  override name = 'CarrierAnswerRefused'
}

const STATUSES: ReadonlySet<unknown> = new Set(carrierStatuses)
const DAY_MS = 86_400_000
const LONGEST_REASON = 200

/**
 * A driver whose word is looked at before it counts: it translates what somebody else's server sends, and what it lets through by mistake
 * (a page of HTML, a number, ten megabytes, a `javascript:` address) ends here. It has as long as the signal lasts, whether it listens to
 * it or not. `book` and `stop` throw CarrierAnswerRefused or the signal's reason, `parse` errors.badMessage.
 */
export function careful(carrier: Carrier): Carrier {
  return {
    ...carrier,
    trackingUrl(trackingNumber) {
      const page = carrier.trackingUrl(trackingNumber)
      return isPage(page) ? page : null
    },
    async book(booking, signal) {
      const answer: unknown = await before(signal, () => carrier.book(booking, signal))
      const trackingNumber = (answer as { trackingNumber?: unknown } | null | undefined)?.trackingNumber
      if (!Check(TrackingNumber, trackingNumber)) throw new CarrierAnswerRefused('a parcel without a number that could be one')
      return { trackingNumber }
    },
    stop: (trackingNumber, signal) => before(signal, () => carrier.stop(trackingNumber, signal)),
    parse(id, body) {
      const message: unknown = carrier.parse(id, body)
      if (!isMessage(message, id)) throw errors.badMessage()
      return message
    },
  }
}

function isMessage(answer: unknown, id: string): answer is CarrierMessage {
  const message = (answer ?? {}) as Partial<Record<keyof CarrierMessage, unknown>>
  const { trackingNumber, status, reason, happenedAt } = message
  const known = message.id === id && Check(TrackingNumber, trackingNumber) && STATUSES.has(status)
  const told = reason === null || (typeof reason === 'string' && reason.length <= LONGEST_REASON)
  // from before there were parcels here, or from tomorrow: not when it happened
  const when = happenedAt instanceof Date ? happenedAt.getTime() : Number.NaN
  return known && told && when > Date.UTC(2000, 0, 1) && when < Date.now() + DAY_MS
}

const isPage = (page: string | null): page is string =>
  typeof page === 'string' && page.length <= 2000 && /^https?:$/.test(URL.parse(page)?.protocol ?? '')

/** What `work` brings, or the signal's reason when that comes first. */
async function before<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  return await new Promise<T>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    work().then(resolve, reject)
  })
}
