import { openDb, type OpenedDb } from '#kit/db/open.ts'
import { createMailboxMail } from '#kit/mail/mailbox.ts'
import type { MailPort } from '#kit/mail/mail.ts'
import { createSmtpMail } from '#kit/mail/smtp.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import { createPostgresBus, type PostgresBus } from '#kit/messaging/postgres-bus.ts'
import { createWakeUp, type WakeUp } from '#kit/messaging/wake-up.ts'
import { createFileStore } from '#kit/objects/file-store.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import { createHost, type Host } from '#kit/service/host.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import type { DatabaseUrls } from './database.ts'

export interface PlatformOptions {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly services: readonly Service[]
  readonly processes: readonly AnyProcess[]
  readonly urls: DatabaseUrls
  readonly log: Logger
  /** `http`, `background`, `import`: shown in pg_stat_activity */
  readonly part: string
  /** connections a service may open in this process */
  readonly poolSize: number
}

/** The services of this process with their drivers, opened. Nothing listens and nothing loops yet. */
export interface Platform {
  readonly host: Host
  readonly bus: PostgresBus
  readonly wakeUp: WakeUp
  readonly databases: ReadonlyMap<string, OpenedDb>
  close(): Promise<void>
}

export function openPlatform(options: PlatformOptions): Platform {
  const { settings, secrets, services, urls, log, part } = options
  const databases = new Map<string, OpenedDb>()
  for (const service of services) {
    databases.set(
      service.name,
      openDb({
        url: urls.services[service.name] as string,
        schema: service.name,
        applicationName: `souk ${part} ${service.name}`,
        replicaUrls: settings.services[service.name]?.replicaUrls ?? [],
        max: options.poolSize,
        timeouts: { poolWait: 2_000, connect: 2_000 },
      }),
    )
  }
  const bus = createPostgresBus({ url: urls.bus, log, applicationName: `souk ${part} bus`, max: 3 })
  const first = databases.values().next().value as OpenedDb
  const wakeUp = createWakeUp({ sql: first.sql, log })
  const mail = openMail(settings)
  const host = createHost(services, options.processes, {
    environment: settings.environment,
    publicUrl: settings.publicUrl,
    log,
    objects: createFileStore(new URL(settings.objectsUrl)),
    mail,
    database: (service) => databases.get(service.name) as OpenedDb,
    outbox: (service) => createOutbox({ source: service.name, wakeUp }),
    settings: (service) => settings.services[service.name]?.own ?? {},
    secret: secrets.secret,
  })
  return {
    host,
    bus,
    wakeUp,
    databases,
    async close() {
      await host.flush()
      await wakeUp.stop()
      await mail.close()
      await bus.close()
      await Promise.all([...databases.values()].map((db) => db.close()))
    },
  }
}

function openMail(settings: Settings): MailPort {
  return settings.mailUrl === 'mailbox:'
    ? createMailboxMail()
    : createSmtpMail({ url: settings.mailUrl, from: settings.mailFrom, messageDomain: new URL(settings.publicUrl).hostname })
}
