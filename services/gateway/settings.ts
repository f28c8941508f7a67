import Type, { type Static } from 'typebox'

/** How the gateway treats services in other processes; read as `GATEWAY_<KEY>`. */
export const Settings = Type.Object({
  timeoutMs: Type.Integer({
    minimum: 100,
    maximum: 120_000,
    default: 10_000,
    refreshable: true,
    description: 'How long a service in another process may take to begin its answer, in milliseconds, second attempt included',
  }),
  retryPercent: Type.Integer({
    minimum: 0,
    maximum: 50,
    default: 10,
    refreshable: true,
    description: 'Second attempts in percent of all requests, in the long run; 0: none',
  }),
  maxInFlight: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 256,
    refreshable: true,
    description: 'Requests under way to one instance; more are refused at once with 503',
  }),
  breakerFailures: Type.Integer({
    minimum: 1,
    maximum: 1_000,
    default: 5,
    refreshable: true,
    description: 'Failures in a row after which an instance gets no requests for a while',
  }),
  breakerOpenMs: Type.Integer({
    minimum: 10,
    maximum: 600_000,
    default: 1_000,
    refreshable: true,
    description: 'For how long, in milliseconds, the first time; it doubles up to thirty times as much',
  }),
  weights: Type.Array(
    Type.String({
      pattern: '^[a-z][a-z0-9-]*@[A-Za-z0-9][A-Za-z0-9._-]{0,31}=\\d{1,3}$',
      description: 'service@version=weight, weights 0–999',
    }),
    {
      refreshable: true,
      default: [],
      description: 'Share of the requests that each version of a service gets, until staff decide: `orders@v1=90,orders@v2=10`',
    },
  ),
  faultsKey: Type.Optional(
    Type.String({
      minLength: 32,
      secret: true,
      description: 'Switches fault injection on, for tests: signs what makes requests fail. Ignored in production',
    }),
  ),
})
export type Settings = Static<typeof Settings>
