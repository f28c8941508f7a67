import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import type { Db } from '#kit/db/db.ts'
import type { Carrier, CarrierMessage } from './carrier.ts'
import { randomBase32 } from '#kit/core/ids.ts'
import { grouped } from '#kit/db/grouped.ts'
import { verifyWebhook } from '#kit/http/webhook-signature.ts'
import { closed } from '#kit/messaging/event.ts'
import { errors } from '../errors.ts'

/*
 * Carriers for development and tests. They remember in tables of their own (sim_*) and move parcels by time (see
 * jobs/simulated-carriers.ts), sending signed messages as a real one would. A parcel to an address whose second line says
 * "nobody home" fails.
 */

export interface SimulatedCarrierOptions {
  readonly db: Db
  readonly name: string
  readonly title: string
  readonly prefix: string
  /** `https://…{number}…` */
  readonly trackingPage: string | undefined
  readonly dispatchAfterMs: number
  readonly webhookSecrets: readonly Buffer[]
}

export const SimulatedCarrierMessage = closed({
  id: Type.String({ minLength: 1, maxLength: 100 }),
  trackingNumber: Type.String({ minLength: 1, maxLength: 60 }),
  status: Type.Union([
    Type.Literal('picked-up'),
    Type.Literal('in-transit'),
    Type.Literal('out-for-delivery'),
    Type.Literal('delivered'),
    Type.Literal('failed'),
    Type.Literal('returned'),
  ]),
  reason: Type.Optional(Type.String({ maxLength: 200 })),
  happenedAt: Type.String({ format: 'date-time', maxLength: 40 }),
})
export type SimulatedCarrierMessage = Static<typeof SimulatedCarrierMessage>

interface SimulatedParcel {
  readonly number: string
  readonly key: string
  readonly fails: boolean
}

export function createSimulatedCarrier(options: SimulatedCarrierOptions): Carrier {
  const { sql } = options.db
  // parcels that are booked at the same moment are booked in one statement
  const store = grouped({ maxSize: 50, maxInFlight: 1 }, async (parcels: readonly SimulatedParcel[]) => {
    const rows = await sql<{ key: string; trackingNumber: string }[]>`
      with wanted as (
        select * from jsonb_to_recordset(${JSON.stringify(parcels)}::text::jsonb) as w(number text, key text, fails boolean)
      ), made as (
        insert into sim_parcels (tracking_number, carrier, key, stage, fails, next_at)
        select w.number, ${options.name}, w.key, 'booked', w.fails, now() + ${options.dispatchAfterMs} * interval '1 millisecond' from wanted w
        on conflict (key) do nothing
        returning key, tracking_number
      )
      select key, tracking_number as "trackingNumber" from made
      union all
      select p.key, p.tracking_number from sim_parcels p join wanted w on w.key = p.key`
    return parcels.map(({ key }) => rows.find((row) => row.key === key))
  })
  return {
    name: options.name,
    title: options.title,
    trackingUrl: (trackingNumber) => options.trackingPage?.replace('{number}', encodeURIComponent(trackingNumber)) ?? null,
    async book({ key, address }) {
      const number = `${options.prefix}${randomBase32(14)}`
      const fails = /nobody home/i.test(address?.line2 ?? '')
      const parcel = await store({ number, key, fails })
      if (!parcel) throw new Error('the booking is being made by somebody else; ask again')
      return { trackingNumber: parcel.trackingNumber }
    },
    async stop(trackingNumber) {
      await sql`update sim_parcels set stage = 'cancelled', next_at = null where tracking_number = ${trackingNumber} and stage = 'booked'`
    },
    verify: (headers, body, now) => verifyWebhook(options.webhookSecrets, headers, body, now),
    parse: parseMessage,
  }
}

function parseMessage(id: string, body: Buffer): CarrierMessage {
  let message: unknown
  try {
    message = JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw errors.badMessage({}, { cause: error })
  }
  if (!Check(SimulatedCarrierMessage, message) || message.id !== id) throw errors.badMessage()
  const happenedAt = new Date(message.happenedAt)
  if (Number.isNaN(happenedAt.getTime())) throw errors.badMessage()
  return {
    id,
    trackingNumber: message.trackingNumber,
    status: message.status === 'picked-up' ? 'dispatched' : message.status,
    reason: message.reason ?? null,
    happenedAt,
  }
}
