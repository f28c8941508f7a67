/** Staging keeps answers for half as long as production. */
const staging = (environment: string) =>
  environment.split(',').some((name) => name.trim().toLowerCase() === 'uat') ? '1800' : undefined

/** Other names under which a setting is understood, and what their values mean. */
export const aliases: readonly {
  env: string
  stands: string
  summary: string
  read: (value: string, all: (name: string) => string | undefined) => string | undefined
}[] = [
  {
    env: 'SPRING_PROFILES_ACTIVE',
    stands: 'SOUK_ENV',
    summary: '`dev` → development, `test` → test, `docker`, `uat`, `prod` → production; the first known of a list',
    read: (value) => {
      const known: Record<string, string> = {
        dev: 'development',
        development: 'development',
        default: 'development',
        test: 'test',
        docker: 'production',
        uat: 'production',
        prod: 'production',
        production: 'production',
      }
      const profiles = value.split(',').map((profile) => profile.trim().toLowerCase())
      return profiles.map((profile) => known[profile]).find(Boolean) ?? value
    },
  },
  { env: 'SOUK_ENV', stands: 'CACHE_SECONDS', summary: '`uat` → 1800', read: staging },
  { env: 'SPRING_PROFILES_ACTIVE', stands: 'CACHE_SECONDS', summary: '`uat` → 1800', read: staging },
  {
    env: 'POSTGRES_HOST',
    stands: 'DATABASE_URL',
    summary: 'with POSTGRES_PORT (5432), POSTGRES_USER (postgres), POSTGRES_PASSWORD and POSTGRES_DB (souk)',
    read: (host, all) => {
      const password = all('POSTGRES_PASSWORD')
      const account =
        encodeURIComponent(all('POSTGRES_USER') ?? 'postgres') +
        (password === undefined ? '' : `:${encodeURIComponent(password)}`)
      return `postgres://${account}@${host}:${all('POSTGRES_PORT') ?? 5432}/${encodeURIComponent(all('POSTGRES_DB') ?? 'souk')}`
    },
  },
  { env: 'KAFKA_BOOTSTRAP_SERVERS', stands: 'BUS_URL', summary: '`kafka://<servers>`', read: (servers) => `kafka://${servers}` },
  {
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    stands: 'TRACES_URL',
    summary: 'as it is',
    read: (endpoint) => endpoint,
  },
  {
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    stands: 'TRACES_URL',
    summary: '`<endpoint>/v1/traces`',
    read: (endpoint) => `${endpoint.replace(/\/+$/, '')}/v1/traces`,
  },
  { env: 'OTEL_TRACES_SAMPLER_ARG', stands: 'TRACES_SHARE', summary: 'as it is', read: (share) => share },
  {
    env: 'REDIS_HOST',
    stands: 'CACHE_URL',
    summary: 'with REDIS_PORT (6379): `redis://<host>:<port>`',
    read: (host, all) => `redis://${host}:${all('REDIS_PORT') ?? 6379}`,
  },
]

/** Other words for a value. */
export const valueAliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  EVENTS_STRATEGY: { outbox: 'relay', debezium: 'cdc' },
  SOUK_ENV: { dev: 'development', uat: 'production', prod: 'production' },
}

/** Settings of other systems that must not be ignored silently. */
export const refused: Readonly<Record<string, string>> = {
  MONGO_URI:
    'there is no MongoDB here; PostgreSQL keeps everything. Remove it, and set DATABASE_URL if you have a PostgreSQL of your own',
  JWT_SECRET:
    'tokens are signed with key pairs that are made and rotated by the auth service. Remove it; SOUK_SECRET is what protects the keys at rest',
}
