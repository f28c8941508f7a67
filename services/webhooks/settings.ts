import Type, { type Static } from 'typebox'

export const Settings = Type.Object({
  allowPrivate: Type.Boolean({
    default: false,
    description: 'Allow http:// and addresses in private networks: for development and tests only',
  }),
  timeoutMs: Type.Integer({
    minimum: 100,
    maximum: 60_000,
    default: 15_000,
    description: 'How long an endpoint may take to answer, in milliseconds',
  }),
  concurrency: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 64,
    description: 'Messages on their way at the same time, in one process',
  }),
  endpointConcurrency: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 4,
    description: 'The same for one endpoint: a slow one does not take the places of the others',
  }),
  keepDays: Type.Integer({
    minimum: 1,
    maximum: 3650,
    default: 30,
    description: 'Days that finished deliveries stay in the log',
  }),
})
export type Settings = Static<typeof Settings>
