import { openDb } from '#kit/db/open.ts'
import { createMailboxMail } from '#kit/mail/mailbox.ts'
import { openObjects } from '#kit/objects/open-objects.ts'
import type { AnyProcess } from '#kit/process/process.ts'
import { createHost, type Host, type Infrastructure } from '#kit/service/host.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { Service } from '#kit/service/service.ts'
import type { Settings } from '../settings.ts'

export interface PaperHost {
  readonly host: Host
  close(): Promise<void>
}

/**
 * Services put together but for their engines: to ask what routes, reactions and flows there are. Nothing connects, because nothing is asked:
 * databases open on first use, and `create` does no I/O.
 */
export function openPaperHost(
  services: readonly Service[],
  processes: readonly AnyProcess[],
  { publicUrl, environment, objectsUrl, services: own }: Pick<Settings, 'publicUrl' | 'objectsUrl' | 'services' | 'environment'>,
): PaperHost {
  const databases = new Map(
    services.map(({ name }) => [
      name,
      openDb({ url: 'postgres://nobody@localhost:1/nothing', schema: name, applicationName: 'souk paper', max: 1 }),
    ]),
  )
  const infrastructure: Infrastructure = {
    environment,
    publicUrl,
    log: silentLogger,
    objects: openObjects(objectsUrl),
    mail: createMailboxMail(),
    database: ({ name }) => databases.get(name)!,
    outbox: () => ({ append: async () => undefined, encode: () => '[]', rows: () => [], wake: () => undefined }),
    settings: (service) => own[service.name]?.own ?? defaultsOf(service),
    secret: () => Buffer.alloc(32, 1),
  }
  return {
    host: createHost(services, processes, infrastructure),
    close: async () => void (await Promise.all([...databases.values()].map((db) => db.close()))),
  }
}

/** Another process knows the settings of its services; here it is enough that they have some. */
function defaultsOf({ settings }: Service): Record<string, unknown> {
  const properties = (settings?.properties ?? {}) as Record<string, { default?: unknown }>
  return Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, schema.default]))
}
