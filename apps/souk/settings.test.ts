import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import type { CommandError } from './command.ts'
import { type Environment, readSettings, serviceVariable } from './settings.ts'

const root = new URL('file:///srv/shop/')
const strong = 'k3T9vQx7LmZ2rWb8NcYd5HfJg6PsAu4E'
const read = (environment: Environment, services: Parameters<typeof readSettings>[1]['services'] = []) =>
  readSettings(environment, { root, services })
const refusal = (environment: Environment, services: Parameters<typeof readSettings>[1]['services'] = []): string => {
  try {
    read(environment, services)
  } catch (error) {
    return (error as CommandError).message
  }
  throw new Error('the settings were accepted')
}

describe('settings', () => {
  it('need nothing: the defaults run a shop on this machine only', () => {
    expect(read({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: 'embedded',
      busUrl: 'postgres:',
      environment: 'development',
      dir: '/srv/shop/.souk',
      objectsUrl: 'file:///srv/shop/.souk/objects/',
      publicUrl: 'http://localhost:8080',
      seedDemo: true,
      corsOrigins: [],
    })
  })

  it('keep some spans where the shop is tried out, and none unasked where it sells', () => {
    expect(read({}).tracesKept).toBe(2_000)
    expect(read({ SOUK_ENV: 'test' }).tracesKept).toBe(0)
    expect(read({ TRACES_KEPT: '0' }).tracesKept).toBe(0)
    expect(read({ SOUK_ENV: 'test', TRACES_KEPT: '500' }).tracesKept).toBe(500)
  })

  it('are frozen, lists included', () => {
    const settings = read({ CORS_ORIGINS: 'https://a.example, https://b.example' })
    expect(settings.corsOrigins).toEqual(['https://a.example', 'https://b.example'])
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.corsOrigins) && Object.isFrozen(settings.services)).toBe(true)
  })

  it('name every bad one at once, with what to write instead', () => {
    const message = refusal({ PORT: 'eighty', HTTP_WORKERS: '0', EVENTS_STRATEGY: 'carrier-pigeon', CORS_ORIGINS: '*' })
    expect(message).toContain('PORT must be a whole number, 0–65535, it is "eighty"')
    expect(message).toContain('HTTP_WORKERS must be a whole number, 1–64')
    expect(message).toContain('EVENTS_STRATEGY must be one of relay, cdc')
    expect(message).toContain('CORS_ORIGINS has "*"')
  })

  it.each(['8080.5', '8080abc', '-1', '65536', '1e3', ' '.repeat(3)])('never take %j for a port', (PORT) => {
    if (PORT.trim() === '') expect(read({ PORT }).port).toBe(8080)
    else expect(refusal({ PORT })).toContain('PORT')
  })

  it('never show a secret value, not even a wrong one', () => {
    expect(refusal({ DATABASE_URL: 'mysql://root:hunter2@db/shop' })).not.toContain('hunter2')
    expect(refusal({ SOUK_SECRET: 'hunter2hunter2' })).not.toContain('hunter2')
  })

  it.each([
    ['outbox', 'relay'],
    ['debezium', 'cdc'],
    ['Debezium', 'cdc'],
  ])('understand the strategy %s as %s', (EVENTS_STRATEGY, meaning) => {
    expect(read({ EVENTS_STRATEGY }).eventsStrategy).toBe(meaning)
  })

  it('put a database URL together from POSTGRES_*', () => {
    const { databaseUrl } = read({
      POSTGRES_HOST: 'db',
      POSTGRES_USER: 'a@b',
      POSTGRES_PASSWORD: 'p:/?',
      POSTGRES_DB: 'shop',
      SOUK_SECRET: strong,
    })
    expect(databaseUrl).toBe('postgres://a%40b:p%3A%2F%3F@db:5432/shop')
    expect(new URL(databaseUrl).password).toBe(encodeURIComponent('p:/?'))
  })

  it('let the own name win over an alias', () => {
    expect(read({ SOUK_ENV: 'test', SPRING_PROFILES_ACTIVE: 'prod' }).environment).toBe('test')
    expect(read({ SPRING_PROFILES_ACTIVE: 'swagger,dev' }).environment).toBe('development')
  })

  it('keep answers of a staging shop for half an hour, whichever way it is called one, unless told otherwise', () => {
    const shop = { SOUK_SECRET: strong, PUBLIC_URL: 'https://uat.shop.example' }
    const staging = { environment: 'production', cacheSeconds: 1800 }
    expect(read({ ...shop, SOUK_ENV: 'uat' })).toMatchObject(staging)
    expect(read({ ...shop, SPRING_PROFILES_ACTIVE: 'docker,uat' })).toMatchObject(staging)
    expect(read({ ...shop, SOUK_ENV: 'uat', CACHE_SECONDS: '60' }).cacheSeconds).toBe(60)
    expect(read({ ...shop, SOUK_ENV: 'production', SPRING_PROFILES_ACTIVE: 'uat' }).cacheSeconds).toBeUndefined()
    expect(read({ SOUK_ENV: 'dev' }).cacheSeconds).toBeUndefined()
  })

  it('do not mistake the links that Kubernetes puts into the environment for settings', () => {
    expect(read({ REDIS_PORT: 'tcp://10.0.0.1:6379', POSTGRES_PORT: 'tcp://10.0.0.1:5432', PORT: '' }).port).toBe(8080)
  })

  it.each([
    ['MONGO_URI', 'mongodb://x', 'PostgreSQL keeps everything'],
    ['JWT_SECRET', 'x', 'key pairs'],
    ['BUS_URL', 'sns+sqs://eu-west-1?order=yes', 'BUS_URL is wrong: sns+sqs:// knows no "order"'],
    ['BUS_URL', 'kafka://user:secret@one:9092?sasl=magic', 'BUS_URL is wrong: sasl=magic'],
    ['DATABASE_URL', 'postgres://souk:x@one,two:99999/souk', 'DATABASE_URL is wrong: "two:99999" is no host and port'],
    ['POOLER_URL', 'postgres://souk:x@pooler:6432', 'POOLER_URL'],
    ['POOLER_URL', 'postgres://pooler:6432', 'POOLER_URL needs a DATABASE_URL'],
    ['CACHE_URL', 'redis://cache:6379/3', 'CACHE_URL'],
    ['OBJECTS_URL', 's3://bucket?pathstyle=yes', 'OBJECTS_URL is wrong: s3:// knows no "pathstyle"'],
    ['OBJECTS_URL', 's3://[', 'OBJECTS_URL is wrong: it is no URL'],
    ['MAIL_URL', 'smtp://mail, ses:?zone=eu', 'MAIL_URL is wrong: ses: knows no "zone"'],
  ])('refuse %s and say what stands in its place', (name, value, reason) => {
    expect(refusal({ [name]: value })).toContain(reason)
  })

  it.each([
    ['BUS_URL', 'busUrl', 'sns+sqs://eu-west-1/shop?fifo=yes'],
    ['BUS_URL', 'busUrl', 'kafkas://user:password@one,two:9093/shop?sasl=scram-sha-512&ca=/etc/ca.pem'],
    ['OBJECTS_URL', 'objectsUrl', 's3://bucket/shop?region=eu-west-1'],
    ['MAIL_URL', 'mailUrl', 'ses:'],
    ['MAIL_URL', 'mailUrl', 'ses://eu-west-1, smtp://mail.example'],
  ] as const)('take %s=%s', (name, key, value) => expect(read({ [name]: value })[key]).toBe(value))

  it('take the name of other systems for a setting that is there', () => {
    expect(read({ REDIS_HOST: 'cache', REDIS_PORT: '6380' }).cacheUrl).toBe('redis://cache:6380')
    expect(read({ KAFKA_BOOTSTRAP_SERVERS: 'one:9092,two:9092' }).busUrl).toBe('kafka://one:9092,two:9092')
  })

  it('ask for a secret that is the same everywhere when the database is not ours', () => {
    expect(refusal({ DATABASE_URL: 'postgres://db/shop' })).toContain('SOUK_SECRET is missing')
    expect(read({ DATABASE_URL: 'postgres://db/shop', SOUK_SECRET: strong }).secret).toBe(strong)
  })

  it.each([
    'short',
    'changeme-changeme-changeme-changeme',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abcdefghijklmnopqrstuvwxyz0123456789',
    'my-jwt-secret-key-for-development-only',
  ])('refuse the weak secret %s', (SOUK_SECRET) => expect(refusal({ SOUK_SECRET })).toContain('SOUK_SECRET'))

  it('are stricter in production', () => {
    const message = refusal({ SOUK_ENV: 'production', CORS_ORIGINS: 'http://shop.example' })
    expect(message).toContain('PUBLIC_URL is missing')
    expect(message).toContain('https://')
    expect(read({ SOUK_ENV: 'prod', PUBLIC_URL: 'https://shop.example' })).toMatchObject({
      environment: 'production',
      seedDemo: false,
    })
  })

  it('refuse to trust every proxy', () => {
    expect(refusal({ TRUST_PROXY: 'true' })).toContain('TRUST_PROXY')
    expect(read({ TRUST_PROXY: '10.0.0.0/8,loopback' }).trustProxy).toEqual(['10.0.0.0/8', 'loopback'])
  })
})

describe('settings of a service', () => {
  const delivery = {
    name: 'delivery',
    settings: Type.Object({
      labelFormat: Type.Union([Type.Literal('pdf'), Type.Literal('zpl')], { default: 'pdf' }),
      pickupHour: Type.Integer({ minimum: 0, maximum: 23, default: 16 }),
      carrierKey: Type.Optional(Type.String({ secret: true })),
    }),
  }

  it('are named after it and have its defaults', () => {
    expect(serviceVariable('delivery', 'labelFormat')).toBe('DELIVERY_LABEL_FORMAT')
    expect(read({}, [delivery]).services.delivery).toEqual({
      databaseUrl: undefined,
      poolerUrl: undefined,
      replicaUrls: undefined,
      own: { labelFormat: 'pdf', pickupHour: 16, carrierKey: undefined },
    })
  })

  it('are checked like the others', () => {
    const message = refusal({ DELIVERY_PICKUP_HOUR: '24', DELIVERY_LABEL_FORMAT: 'png' }, [delivery])
    expect(message).toContain('DELIVERY_PICKUP_HOUR must be a whole number, 0–23')
    expect(message).toContain('DELIVERY_LABEL_FORMAT must be one of pdf, zpl')
  })

  it('must be given when there is no default', () => {
    const service = { name: 'tax', settings: Type.Object({ office: Type.String({ description: 'the code of the tax office' }) }) }
    expect(refusal({}, [service])).toContain('TAX_OFFICE is missing: the code of the tax office')
    expect(read({ TAX_OFFICE: '2866' }, [service]).services.tax?.own).toEqual({ office: '2866' })
  })

  it('let a pooler lead to the databases of all services, unless its URL names one', () => {
    const own = { DATABASE_URL: 'postgres://db/souk', DATABASE_PER_SERVICE: 'true', SOUK_SECRET: strong }
    expect(read({ ...own, POOLER_URL: 'postgres://pooler:6432?prepare=no' }).poolerUrl).toBe('postgres://pooler:6432?prepare=no')
    expect(refusal({ ...own, POOLER_URL: 'postgres://pooler:6432/souk' })).toContain('leave the name out')
  })

  it('move it to a database of its own, with replicas', () => {
    const settings = read(
      { DELIVERY_DATABASE_URL: 'postgres://other/d', DELIVERY_REPLICA_URLS: 'postgres://r1/d,postgres://r2/d' },
      [delivery],
    )
    expect(settings.services.delivery).toMatchObject({
      databaseUrl: 'postgres://other/d',
      replicaUrls: ['postgres://r1/d', 'postgres://r2/d'],
    })
  })
})
