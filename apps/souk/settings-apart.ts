import Type from 'typebox'
import { choice, setting } from './setting.ts'

/** Settings of shops in several processes: how these find each other, and where their settings come from. */
export const apartSettings = {
  registryUrls: setting(
    'REGISTRY_URL',
    Type.Array(Type.String({ pattern: '^https?://[^\\s]+$', description: 'http://[name:password@]host:8761/eureka/' })),
    {
      default: [],
      defaultText: 'none',
      secret: true,
      summary:
        'Registries that speak the Eureka protocol, ours or another. Processes with some of the services register there and find each other; of several the first that answers is asked. Without name and password our own tokens are shown.',
    },
  ),
  registryRenewSeconds: setting('REGISTRY_RENEW_SECONDS', Type.Integer({ minimum: 1, maximum: 300 }), {
    default: 5,
    summary: 'How often a process renews its registration; after three misses it counts as gone.',
  }),
  registryFetchSeconds: setting('REGISTRY_FETCH_SECONDS', Type.Integer({ minimum: 1, maximum: 300 }), {
    default: 2,
    summary:
      'How often, at most, a process asks the registry who runs where. A registry of ours keeps the question until something changes.',
  }),
  advertisedHost: setting(
    'ADVERTISED_HOST',
    Type.String({ description: 'an IP address or host name', pattern: '^[A-Za-z0-9.:_-]+$' }),
    {
      defaultText: 'HOST, or the first address of the network when that is `0.0.0.0`',
      summary: 'Address under which others reach this process, told to the registry.',
    },
  ),
  release: setting(
    'RELEASE',
    Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$', description: 'letters, digits, dots' }),
    {
      default: 'main',
      summary: 'Label of what this process runs, told to the registry: GATEWAY_WEIGHTS and staff shift traffic between labels.',
    },
  ),
  callsMaxInFlight: setting('CALLS_MAX_IN_FLIGHT', Type.Integer({ minimum: 1, maximum: 100_000 }), {
    default: 1000,
    refreshable: true,
    summary: 'Calls under way from a process to one instance of a service elsewhere; more are refused at once with 503.',
  }),
  configUrls: setting(
    'CONFIG_URL',
    Type.Array(Type.String({ pattern: '^https?://[^\\s]+$', description: 'http://[name:password@]host:8888/' })),
    {
      default: [],
      defaultText: 'none',
      secret: true,
      summary:
        'Servers that speak the protocol of Spring Cloud Config, ours or another: settings come from the first that answers, below the environment. Without name and password our own tokens are shown.',
    },
  ),
  configProfile: setting(
    'CONFIG_PROFILE',
    Type.String({
      pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*(,[A-Za-z0-9_][A-Za-z0-9._-]*)*$',
      description: 'one or several names, like `uat`',
    }),
    {
      defaultText: '`dev`, `test` or `prod`, after SOUK_ENV',
      summary: 'Profile whose settings are read.',
    },
  ),
  configLabel: setting(
    'CONFIG_LABEL',
    Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._/-]*$', description: 'a branch, tag or commit' }),
    {
      defaultText: 'the one of the server',
      summary: 'Label of the repository from which settings are read.',
    },
  ),
  configRequired: setting('CONFIG_REQUIRED', Type.Boolean(), {
    default: false,
    summary: 'Do not start when the server does not answer and nothing is kept of what it said before.',
  }),
  features: setting(
    'FEATURES',
    Type.Array(
      Type.String({
        pattern: '^[a-z][a-z0-9-]{0,63}(=(true|false|100|[0-9]{1,2}))?$',
        description: 'name, name=false, or name=25: so many percent of those who ask',
      }),
    ),
    {
      default: [],
      defaultText: 'none',
      refreshable: true,
      summary: 'Features that are switched on.',
    },
  ),
  databasePerService: setting('DATABASE_PER_SERVICE', Type.Boolean(), {
    default: false,
    summary:
      'Every service gets a database of its own on the server of DATABASE_URL: `souk_orders`, `souk_payments` … are made where they are missing. Moves no data.',
  }),
  requestTimeoutMs: setting('REQUEST_TIMEOUT_MS', Type.Integer({ minimum: 1000, maximum: 120_000 }), {
    defaultText: '10000; 8000 behind a gateway in another process, which waits 10000 (`GATEWAY_TIMEOUT_MS`)',
    summary:
      'How long a request that changes something may take before it is answered with 503. What a request asks of other services gets no more time than it has left itself.',
  }),
  logFormat: setting('LOG_FORMAT', choice('json', 'text'), {
    defaultText: '`text` in development where a person watches, else `json`',
    summary: 'Log lines for programs, one JSON object each, or for people.',
  }),
  backgroundProcess: setting('BACKGROUND_PROCESS', Type.Boolean(), {
    defaultText: 'false for `serve` of a single service, else true',
    summary:
      'Relay, consumers, jobs and recovery of flows run in a process of their own beside HTTP. Without one a service is one process: less memory, and its requests share a thread with its background work.',
  }),
} as const
