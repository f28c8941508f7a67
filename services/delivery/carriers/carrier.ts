import Type from 'typebox'
import type { PostalAddress, StockLine } from '#contracts/values.ts'
import type { ShipmentState } from '../shipment.ts'

/*
 * The port behind which carriers live. A driver translates; it holds no rules of ours. Every call carries our key, so a
 * repeated call books one parcel. What a driver says is looked at in `careful.ts` before it counts.
 */

export interface Booking {
  /** our key: the shipment's id */
  readonly key: string
  readonly direction: 'out' | 'return'
  /** where it goes (or, for a return, where it comes from) */
  readonly address: PostalAddress | null
  readonly lines: readonly StockLine[]
}

/** What a carrier may call a parcel; it stands on labels, in mails and in addresses of pages, where whoever knows it may look. */
export const TrackingNumber = Type.String({ minLength: 4, maxLength: 60, pattern: '^[A-Za-z0-9-]+$' })

/** What a carrier reports about a parcel. */
export const carrierStatuses = [
  'dispatched',
  'in-transit',
  'out-for-delivery',
  'delivered',
  'failed',
  'returned',
] as const satisfies readonly ShipmentState[]
export type CarrierStatus = (typeof carrierStatuses)[number]

/** A message after its signature was checked. */
export interface CarrierMessage {
  readonly id: string
  readonly trackingNumber: string
  readonly status: CarrierStatus
  readonly reason: string | null
  readonly happenedAt: Date
}

export interface Carrier {
  readonly name: string
  /** what shoppers read */
  readonly title: string
  /** Its own page about one parcel, for shoppers; null where it has none. */
  trackingUrl(trackingNumber: string): string | null
  /** Books a parcel and returns its tracking number. */
  book(booking: Booking, signal: AbortSignal): Promise<{ trackingNumber: string }>
  /** A booked parcel will not come. Safe to repeat. */
  stop(trackingNumber: string, signal: AbortSignal): Promise<void>
  /** True for a genuine, recent message; looks at the raw bytes. Returns the message's id. */
  verify(headers: Readonly<Record<string, string | undefined>>, body: Buffer, now: Date): string | undefined
  /** Understands a genuine message; throws errors.badMessage. */
  parse(id: string, body: Buffer): CarrierMessage
}

export type Carriers = ReadonlyMap<string, Carrier>
