import Type from 'typebox'
import { readSesUrl } from '#kit/mail/ses-url.ts'
import { checkDatabaseUrl } from '#kit/db/url.ts'
import { readKafkaUrl } from '#kit/messaging/kafka/connection.ts'
import { readSnsSqsUrl } from '#kit/messaging/sns-sqs/url.ts'
import { readS3Url } from '#kit/objects/s3-url.ts'
import { choice, setting, url } from './setting.ts'
import { apartSettings } from './settings-apart.ts'
import { databaseSettings } from './settings-databases.ts'
import { rowSettings } from './settings-rows.ts'

const checkBusUrl = (value: string): unknown =>
  /^kafkas?:/.test(value) ? readKafkaUrl(value) : value.startsWith('sns+sqs:') ? readSnsSqsUrl(value) : undefined

export const logLevel = choice('debug', 'info', 'warn', 'error', 'silent')

/** All settings of the platform itself. A service's own stand in its `service.ts` and are read as `<SERVICE>_<KEY>`. */
export const settingsTable = {
  environment: setting('SOUK_ENV', choice('development', 'test', 'production'), {
    default: 'development',
    summary:
      '`development` shows the mailbox, simulated clocks and previews; `production` has none of them and refuses settings that are only safe at home.',
  }),
  dir: setting('SOUK_DIR', Type.String({ description: 'a folder, relative to the installation' }), {
    default: '.souk',
    summary: 'Folder of everything this installation keeps: embedded database, generated secrets, files.',
  }),
  host: setting('HOST', Type.String({ description: 'an IP address or host name', pattern: '^[A-Za-z0-9.:_-]+$' }), {
    default: '127.0.0.1',
    summary: 'Address to listen on. `0.0.0.0` opens the shop to the network.',
  }),
  port: setting('PORT', Type.Integer({ minimum: 0, maximum: 65535 }), {
    default: 8080,
    summary: 'Port of the gateway; 0 takes a free one.',
  }),
  grpcPort: setting('GRPC_PORT', Type.Integer({ minimum: 1, maximum: 65535 }), {
    defaultText: 'none; services that run apart always answer gRPC on the port of their HTTP + 2000',
    summary: 'Opens gRPC also where all services run in one process.',
  }),
  publicUrl: setting(
    'PUBLIC_URL',
    Type.String({ pattern: '^https?://[^\\s/?#]+$', description: 'an http(s) URL without a path' }),
    {
      defaultText: '`http://localhost:<PORT>`; required in production',
      summary: 'Address under which shoppers reach the shop: links in mails, issuer of tokens.',
    },
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    url('embedded$|postgres(ql)?://', '`embedded`, or a postgres:// URL of an administrator'),
    {
      default: 'embedded',
      secret: true,
      check: (value) => value !== 'embedded' && checkDatabaseUrl(value),
      summary:
        'The PostgreSQL to use. `embedded` runs one of its own in SOUK_DIR. Several hosts, `postgres://user:password@one,two/souk`, are a primary and its replicas: the shop follows the primary. `<SERVICE>_DATABASE_URL` moves one service elsewhere.',
    },
  ),
  ...databaseSettings,
  databaseConnections: setting('DATABASE_CONNECTIONS', Type.Integer({ minimum: 5, maximum: 1000 }), {
    default: 96,
    summary:
      'Most connections that the services of one host open together, those of searches and lists included; each service has two at least.',
  }),
  busUrl: setting(
    'BUS_URL',
    url(
      'postgres:$|postgres(ql)?://|kafkas?://|sns\\+sqs://',
      '`postgres:` (in DATABASE_URL), a postgres:// URL, kafka://[user:password@]host:9092,…[/prefix] (`kafkas://`: with TLS), or sns+sqs://[key:secret@]region[/prefix][?fifo=yes&…]',
    ),
    {
      default: 'postgres:',
      secret: true,
      check: checkBusUrl,
      summary:
        'Where events go: the log in PostgreSQL, Apache Kafka ([how](how-to-choose-a-bus.md#kafka)) or Amazon SNS and SQS ([how](how-to-choose-a-bus.md#sns-and-sqs)).',
    },
  ),
  cacheUrl: setting(
    'CACHE_URL',
    url(
      'memory:$|rediss?://[^/\\s]+/?(\\?prefix=[A-Za-z0-9:_.-]+)?$',
      '`memory:`, or redis://[user:password@]host[:port][/?prefix=shop-a:] (`rediss://`: with TLS)',
    ),
    {
      default: 'memory:',
      secret: true,
      summary:
        'What processes remember together and may lose: budgets of clients, ended sessions, finished answers, lines of carts, locks. `memory:` keeps it in each process. A prefix lets several shops share a Redis.',
    },
  ),
  cacheSeconds: setting('CACHE_SECONDS', Type.Integer({ minimum: 1, maximum: 86_400 }), {
    defaultText: '600 in development, 1,800 where the environment is called `uat`, 3,600 in production',
    summary: 'How long Redis keeps a finished answer at most; a change ends it earlier.',
  }),
  objectsUrl: setting(
    'OBJECTS_URL',
    url(
      'file:|s3://',
      '`file:` (in SOUK_DIR), file:///folder, or s3://[key:secret@]bucket[/prefix][?region=…&endpoint=…&style=path&links=signed&create=yes]',
    ),
    {
      default: 'file:',
      secret: true,
      check: (value) => value.startsWith('s3:') && readS3Url(value),
      summary:
        'Where images, invoices and labels are stored: a folder, or S3 and what speaks like it ([how](how-to-use-aws.md#files-in-s3)).',
    },
  ),
  mailUrl: setting(
    'MAIL_URL',
    url(
      'mailbox:$|(smtps?://[^,\\s]+|ses:[^,\\s]*)(\\s*,\\s*(smtps?://[^,\\s]+|ses:[^,\\s]*))*$',
      '`mailbox:`, or one or more smtp://, smtps:// or ses: URLs, separated by commas',
    ),
    {
      default: 'mailbox:',
      secret: true,
      summary:
        'How mail leaves. `mailbox:` keeps it where the shop can show it; `ses:` is Amazon SES ([how](how-to-use-aws.md#mail-by-ses)). Of several providers the first that works is used.',
      check: (value) =>
        value
          .split(',')
          .filter((part) => part.trim().startsWith('ses:'))
          .map((part) => readSesUrl(part.trim())),
    },
  ),
  mailFrom: setting(
    'MAIL_FROM',
    Type.String({ pattern: '^[^\\r\\n]*[^\\s@<>]+@[^\\s@<>]+>?$', description: 'a mail address, with or without a name' }),
    {
      default: 'Souk <no-reply@localhost>',
      summary: 'Sender of all mail.',
    },
  ),
  eventsStrategy: setting('EVENTS_STRATEGY', choice('relay', 'cdc'), {
    default: 'relay',
    summary: 'How events get from the outbox to the bus: an elected relay, or change data capture from the write-ahead log.',
  }),
  httpWorkers: setting('HTTP_WORKERS', Type.Integer({ minimum: 1, maximum: 64 }), {
    default: 1,
    summary:
      'HTTP processes. More only pays on machines with cores to spare: each costs about 80 MB and competes with PostgreSQL.',
  }),
  webPages: setting('WEB_PAGES', Type.Boolean(), {
    default: true,
    summary:
      'Shows the web pages for shoppers, and those for staff below /admin, on the port of the gateway. Off: only the API answers.',
  }),
  rateLimitPerMinute: setting('RATE_LIMIT_PER_MINUTE', Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), {
    default: 100,
    refreshable: true,
    summary: 'Requests per minute and client; 0 turns the limit off.',
  }),
  maxRequestsInFlight: setting('MAX_REQUESTS_IN_FLIGHT', Type.Integer({ minimum: 0, maximum: 100_000 }), {
    default: 1000,
    summary:
      'Most requests in work at once in a process; beyond it checkouts get 503 with Retry-After, carts at half of it, browsing at a quarter; each earlier where answers take too long. 0: no shedding of load.',
  }),
  corsOrigins: setting(
    'CORS_ORIGINS',
    Type.Array(Type.String({ pattern: '^https?://[^\\s/?#*]+$', description: 'an origin like https://shop.example' })),
    {
      default: [],
      defaultText: 'none',
      summary: 'Origins whose pages may call the API from a browser.',
    },
  ),
  trustProxy: setting(
    'TRUST_PROXY',
    Type.Array(
      Type.String({
        pattern: '^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(/\\d{1,3})?)$',
        description: 'an address, a network (10.0.0.0/8), loopback, linklocal or uniquelocal',
      }),
    ),
    {
      default: [],
      defaultText: 'none',
      summary: 'Proxies whose X-Forwarded-For is believed. Name them; trusting everybody lets a client choose its address.',
    },
  ),
  secret: setting('SOUK_SECRET', Type.String({ minLength: 32, description: 'at least 32 random characters' }), {
    defaultText: 'generated in SOUK_DIR with the embedded database; required otherwise',
    secret: true,
    summary:
      'Master secret; every key of the installation is derived from it. The same in all processes. `openssl rand -base64 48` makes one; `base64:` before the `master` of a secrets.json takes that one along.',
  }),
  programs: setting(
    'PROGRAMS',
    Type.Array(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,64}:[\\x21-\\x7e]{12,200}$',
        description: 'name:password, the password of 12 characters or more',
      }),
    ),
    {
      default: [],
      defaultText: 'none',
      secret: true,
      summary: 'Programs that are not ours and may use registry and config, by Basic authentication: `name:password`.',
    },
  ),
  logLevel: setting('LOG_LEVEL', logLevel, { default: 'info', refreshable: true, summary: 'Least severe level that is logged.' }),
  accessLog: setting('ACCESS_LOG', choice('all', 'errors', 'off'), {
    defaultText: 'all in production, errors otherwise',
    summary: 'Which requests get a line in the log, at level info.',
  }),
  tracesUrl: setting(
    'TRACES_URL',
    url('https?://[^\\s]+$', 'an http(s) URL with its path, like http://127.0.0.1:4318/v1/traces'),
    {
      defaultText: 'none: nothing is traced',
      secret: true,
      summary: 'Where traces go, by OTLP over HTTP: a collector, Jaeger, Tempo, Zipkin behind a collector.',
    },
  ),
  tracesShare: setting('TRACES_SHARE', Type.Number({ minimum: 0, maximum: 1 }), {
    default: 0.1,
    summary:
      'Share of traces that are recorded, 0 to 1. Decided by the trace id: all processes with the same share decide alike, so traces are whole.',
  }),
  tracesKept: setting('TRACES_KEPT', Type.Integer({ minimum: 0, maximum: 100_000 }), {
    defaultText: '2000 in development, otherwise 0',
    summary:
      'So many of the newest spans each process keeps in memory, for staff to look at in the admin; 0: none. With TRACES_URL those that go there, without it those of every request.',
  }),
  logKept: setting('LOG_KEPT', Type.Integer({ minimum: 0, maximum: 100_000 }), {
    default: 1_000,
    summary:
      'So many of the newest log lines each process keeps in memory, for staff to search in the admin; without whom they are about. 0: none.',
  }),
  rulesEverySeconds: setting('RULES_EVERY_SECONDS', Type.Integer({ minimum: 0, maximum: 86_400 }), {
    default: 900,
    summary:
      'How often one process in the cluster asks whether every rule holds (`souk invariants`), for the metric `rule_violations`; 0: never.',
  }),
  seedDemo: setting('SEED_DEMO', Type.Boolean(), {
    defaultText: 'true, but false in production',
    summary: 'Fill an empty shop with demo data on the first start.',
  }),
  shutdownSeconds: setting('SHUTDOWN_SECONDS', Type.Integer({ minimum: 1, maximum: 600 }), {
    default: 25,
    summary: 'How long a stop may take: requests in flight (most of it, then they get 503) and running work finish first.',
  }),
  peers: setting(
    'SOUK_PEERS',
    Type.Array(
      Type.String({
        pattern: '^[a-z][a-z0-9-]*(@[A-Za-z0-9][A-Za-z0-9._-]{0,31})?=https?://[^\\s/?#]+$',
        description: 'service=http://host:port, or service@version=http://host:port',
      }),
    ),
    {
      default: [],
      defaultText: 'each service at `http://127.0.0.1:<its own port>`',
      refreshable: true,
      summary:
        'Where services answer that do not run in this process (`souk serve`): `orders=http://10.0.0.7:8086,…`. A service with several instances stands there once for each; `orders@v2=…` names the release for weights.',
    },
  ),
  killpoints: setting('SOUK_KILLPOINTS', Type.String({ description: 'a file' }), {
    defaultText: 'none',
    summary:
      'For tests of crashes (`npm run chaos`): the file that says at which point a process has to die. Refused in production.',
  }),
  ...apartSettings,
  ...rowSettings,
  extensions: setting('SOUK_EXTENSIONS', Type.Array(Type.String({ description: 'a package name or a file' })), {
    default: [],
    defaultText: 'none',
    summary: 'Packages that bring services of their own.',
  }),
} as const
