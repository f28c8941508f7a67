import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  gatewayTimeoutMs: Type.Integer({
    minimum: 50,
    maximum: 30_000,
    default: 5000,
    description: 'How long a payment gateway may take to answer, in milliseconds',
  }),
  recheckAfterMs: Type.Integer({
    minimum: 0,
    default: 5000,
    description: 'Payments without an answer are asked for again after this many milliseconds',
  }),
  giveUpAfterMs: Type.Integer({
    minimum: 0,
    default: 60_000,
    description: 'A payment the gateway never heard of fails after this many milliseconds',
  }),
  challengeTtlMs: Type.Integer({
    minimum: 0,
    default: 900_000,
    description: 'A 3-D Secure challenge, or a decision the gateway announced, is waited for this long',
  }),
  preauthorizeOrders: Type.Boolean({
    default: false,
    description:
      'Sets the money of new orders aside from the customer’s default method, if they agreed and nobody else asked for it',
  }),
  preauthorizeAfterMs: Type.Integer({
    minimum: 0,
    default: 15_000,
    description: 'How long the checkout has to ask for the money of a new order by itself, in milliseconds',
  }),
  simulatedLatencyMs: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Thinking time of the simulated payment gateway, in milliseconds',
  }),
  simulatedMessageDelayMs: Type.Integer({
    minimum: 0,
    default: 3000,
    description: 'How long asynchronous decisions and chargebacks of the simulated gateway take',
  }),
  simulatedWebhookSecret: Type.String({
    secret: true,
    default: '',
    description: 'Secret of the simulated gateway’s messages; empty: derived from the installation',
  }),
  simulatedWebhookSecretBefore: Type.String({
    secret: true,
    default: '',
    description: 'The secret before, still accepted while secrets are rotated',
  }),
})
export type Settings = Static<typeof Settings>
