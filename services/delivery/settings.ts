import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  homeCountry: Type.String({
    pattern: '^[A-Z]{2}$',
    default: 'DE',
    description: 'Home country of the shipping zones where the sales channel does not say',
  }),
  carrierTimeoutMs: Type.Integer({
    minimum: 50,
    maximum: 30_000,
    default: 5000,
    description: 'How long a carrier may take to answer, in milliseconds',
  }),
  addressDays: Type.Integer({
    minimum: 0,
    default: 90,
    description: 'Days after arrival until the address of a parcel is erased',
  }),
  trackingPages: Type.String({
    pattern: '^([a-z0-9-]+=https://[^ {}]*\\{number\\}[^ {}]*( [a-z0-9-]+=https://[^ {}]*\\{number\\}[^ {}]*)*)?$',
    default: '',
    description:
      'Pages of carriers about one parcel, for links of shoppers: `dhl=https://carrier.example/?id={number}`, several with a space between; without one, tracking numbers lead to the shop’s own page',
  }),
  simulatedDispatchMs: Type.Integer({
    minimum: 0,
    default: 10_000,
    description: 'Simulated carriers pick a booked parcel up after this many milliseconds',
  }),
  simulatedDeliverMs: Type.Integer({ minimum: 0, default: 20_000, description: '… and deliver it this much later' }),
  simulatedWebhookSecret: Type.String({
    secret: true,
    default: '',
    description: 'Secret of the simulated carriers’ messages; empty: derived from the installation',
  }),
  simulatedWebhookSecretBefore: Type.String({
    secret: true,
    default: '',
    description: 'The secret before, still accepted while secrets are rotated',
  }),
})
export type Settings = Static<typeof Settings>

/** `dhl=https://…{number} ups=…` by carrier. */
export function trackingPagesOf(pages: string): ReadonlyMap<string, string> {
  return new Map(
    pages
      .split(' ')
      .filter(Boolean)
      .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}
