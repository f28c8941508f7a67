import { access, constants, mkdir, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { openDb } from '#kit/db/open.ts'
import { hostsOf } from '#kit/db/url.ts'
import { openMail } from '#kit/mail/open-mail.ts'
import { openBus } from '#kit/messaging/open-bus.ts'
import { openObjects } from '#kit/objects/open-objects.ts'
import { silentLogger } from '#kit/service/logger.ts'
import type { CommandContext } from './command.ts'
import { type Installation, openInstallation } from './installation.ts'
import { runningInstance } from './instance-lock.ts'
import { explain } from './mends.ts'
import { pendingOf, startDatabase } from './platform/database.ts'
import type { Settings } from './settings.ts'

/** One thing `souk doctor` looked at. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly detail: string
  readonly mend?: string | undefined
}

/** Nothing to mend. */
export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail })
const failedBy = (check: string, error: unknown): Finding => {
  const { message, mend } = explain(error)
  return { check, state: 'failed', detail: message.trim(), mend }
}

const oldestPostgres = 15
const scarceBytes = 2 ** 30
const tooFewBytes = 200 * 2 ** 20
const enoughMemory = 2 ** 30

/** Settings, services and secrets: without them nothing else can be looked at. */
export async function checkSetup(
  context: Pick<CommandContext, 'environment' | 'root' | 'terminal'>,
): Promise<{ installation: Installation | undefined; findings: Finding[] }> {
  try {
    const installation = { ...(await openInstallation(context)), log: silentLogger }
    const { services, settings, secrets, processes } = installation
    return {
      installation,
      findings: [
        ok('settings', `${settings.environment}, ${services.length} services, ${processes.length} processes`),
        ok('secrets', secrets.source === 'file' ? `generated, in ${join(settings.dir, 'secrets.json')}` : 'from SOUK_SECRET'),
      ],
    }
  } catch (error) {
    return { installation: undefined, findings: [failedBy('settings', error)] }
  }
}

/** Node, folder, disk, memory. */
export async function checkMachine({ settings }: Installation): Promise<Finding[]> {
  const findings = [ok('node', `${process.versions.node} (${process.platform} ${process.arch})`)]
  try {
    await mkdir(settings.dir, { recursive: true })
    await access(settings.dir, constants.W_OK)
    const { uid } = await stat(settings.dir)
    const strange = process.getuid !== undefined && process.getuid() !== 0 && uid !== process.getuid()
    findings.push(
      strange
        ? {
            check: 'folder',
            state: 'warning',
            detail: `${settings.dir} belongs to another user`,
            mend: 'Run Souk as the user that owns it.',
          }
        : ok('folder', settings.dir),
    )
    const { bavail, bsize } = await statfs(settings.dir)
    const free = bavail * bsize
    findings.push({
      check: 'disk',
      state: free < tooFewBytes ? 'failed' : free < scarceBytes ? 'warning' : 'ok',
      detail: `${Math.floor(free / 2 ** 20).toLocaleString('en')} MB free`,
      ...(free < scarceBytes ? { mend: 'Free some space, or set SOUK_DIR to a folder on a larger disk.' } : {}),
    })
  } catch (error) {
    findings.push(failedBy('folder', error))
  }
  if (totalmem() < enoughMemory) {
    findings.push({
      check: 'memory',
      state: 'warning',
      detail: `${Math.floor(totalmem() / 2 ** 20)} MB`,
      mend: 'Souk with its database wants 1 GB.',
    })
  }
  return findings
}

/** Free, or ours. */
export async function checkPort({ settings }: Installation): Promise<Finding> {
  const running = await runningInstance(settings.dir)
  if (running) return ok('port', `Souk ${running.version} runs here (pid ${running.pid}, since ${running.startedAt})`)
  try {
    await new Promise<void>((resolve, reject) => {
      const server = createServer()
      server.once('error', reject)
      server.listen({ port: settings.port, host: settings.host }, () => server.close(() => resolve()))
    })
    return ok('port', `${settings.host}:${settings.port} is free`)
  } catch (error) {
    return failedBy('port', error)
  }
}

/** Every database: reachable, right version, clock, migrations. An embedded one that does not run is not started. */
export async function checkDatabases(installation: Installation): Promise<Finding[]> {
  const { settings } = installation
  const urls = new Set([
    settings.databaseUrl,
    settings.busUrl,
    ...Object.values(settings.services).map((service) => service.databaseUrl),
  ])
  const findings: Finding[] = []
  const isEmbedded = urls.delete('embedded')
  urls.delete('postgres:')
  urls.delete(undefined)
  const busElsewhere = /^(kafkas?|sns\+sqs):/.test(settings.busUrl) && urls.delete(settings.busUrl)
  const slots = keepsSlots(settings)
  for (const url of urls) findings.push(...(await checkDatabase(url as string, slots)))
  if (busElsewhere) findings.push(await checkBus(installation))
  if (isEmbedded && !(await embeddedRuns(settings.dir))) {
    findings.push(ok('database', 'embedded, not running; `npm start` starts it'))
    return findings
  }
  let embedded: Awaited<ReturnType<typeof startDatabase>>
  try {
    embedded = await startDatabase(installation)
    if (embedded) findings.push(...(await checkDatabase(embedded.adminUrl, slots)))
    if (findings.every(({ state }) => state !== 'failed')) findings.push(await checkMigrations(installation, embedded))
  } catch (error) {
    findings.push(failedBy('database', error))
  } finally {
    await embedded?.stop()
  }
  return findings
}

async function embeddedRuns(dir: string): Promise<boolean> {
  return await access(join(dir, 'postgres', 'data', 'postmaster.pid')).then(
    () => true,
    () => false,
  )
}

async function checkMigrations(installation: Installation, embedded: Parameters<typeof pendingOf>[1]): Promise<Finding> {
  const pending = await pendingOf(installation, embedded)
  if (pending.length === 0) return ok('migrations', 'up to date')
  return {
    check: 'migrations',
    state: 'warning',
    detail: `${pending.length} are due`,
    mend: 'Run `npx souk migrate`; `start` does it too.',
  }
}

/** The engine alone: whether the log behind it works is asked of the database. */
async function checkBus({ settings }: Installation): Promise<Finding> {
  const { busUrl } = settings
  try {
    if (busUrl.startsWith('kafka')) {
      const bus = await openBus({ url: busUrl, log: silentLogger, name: 'souk doctor' })
      const { cluster, brokers } = await bus.describe().finally(() => bus.close())
      return ok('bus', `Kafka cluster ${String(cluster)}, ${(brokers as unknown[]).length} brokers`)
    }
    const { probeSnsSqs } = await import('#kit/messaging/sns-sqs/probe.ts')
    const { region, topics, queues } = await probeSnsSqs(busUrl)
    return ok('bus', `SNS and SQS in ${region}, ${topics} topics and ${queues} queues of this shop`)
  } catch (error) {
    return { ...failedBy('bus', error), mend: 'See BUS_URL in docs/settings.md and docs/how-to-choose-a-bus.md.' }
  }
}

/** Where files are stored and by whom mail is sent: the shop sells without them for a while, so they only warn. */
export async function checkStorageAndMail({ settings, log }: Installation): Promise<Finding[]> {
  const { objectsUrl, mailUrl, mailFrom } = settings
  const objects = openObjects(objectsUrl)
  const stored = await looked(
    'objects',
    () => objects.describe(),
    'See OBJECTS_URL in docs/settings.md; docs/how-to-use-aws.md for S3.',
  )
  await objects.close()
  if (mailUrl === 'mailbox:') return [stored, ok('mail', 'stays in the mailbox')]
  const mail = await openMail(mailUrl, { from: mailFrom, timeoutMs: 3_000 }, log)
  const sent = await looked('mail', () => mail.describe!(), 'See MAIL_URL and MAIL_FROM in docs/settings.md.')
  await mail.close()
  return [stored, sent]
}

async function looked(check: string, describe: () => Promise<Record<string, unknown>>, mend: string): Promise<Finding> {
  try {
    const { driver, ...facts } = await describe()
    const told = Object.entries(facts).map(([name, fact]) => `${name} ${typeof fact === 'string' ? fact : JSON.stringify(fact)}`)
    return ok(check, [driver, ...told].join(', '))
  } catch (error) {
    const { detail } = failedBy(check, error)
    const reason = (error as { cause?: Error }).cause?.message
    return { check, state: 'warning', detail: reason === undefined ? detail : `${detail} (${reason})`, mend }
  }
}

/** Somebody reads the write-ahead log through a replication slot. */
const keepsSlots = ({ eventsStrategy, rowChanges }: Pick<Settings, 'eventsStrategy' | 'rowChanges'>): boolean =>
  eventsStrategy === 'cdc' || rowChanges !== 'off'

/** `cap`: max_slot_wal_keep_size of the server. */
export function checkSlotCap(cap: string): Finding[] {
  if (cap !== '-1') return []
  return [
    {
      check: 'replication slots',
      state: 'warning',
      detail: 'hold back as much write-ahead log as there is disk, and the alert SlotNearlyLost stays silent',
      mend: "Let the server give up a slot that nobody reads: alter system set max_slot_wal_keep_size = '2GB'; select pg_reload_conf().",
    },
  ]
}

async function checkDatabase(url: string, slots: boolean): Promise<Finding[]> {
  const name = `database ${hostsOf(url).join()}`
  const db = openDb({ url, schema: 'public', applicationName: 'souk doctor', max: 1, timeouts: { connect: 3_000 } })
  try {
    const asked = Date.now()
    const [row] = await db.sql<[{ version: number; clock: number; wal: string; cap: string }]>`
      select current_setting('server_version_num')::int / 10000 as version, extract(epoch from clock_timestamp())::float8 * 1000 as clock,
             current_setting('wal_level') as wal, current_setting('max_slot_wal_keep_size') as cap`
    const skew = Math.round(row.clock - (asked + Date.now()) / 2)
    const findings: Finding[] = [
      row.version >= oldestPostgres
        ? ok(name, `PostgreSQL ${row.version}, wal_level ${row.wal}, answers in ${Date.now() - asked} ms`)
        : { check: name, state: 'failed', detail: `PostgreSQL ${row.version}`, mend: `Souk needs ${oldestPostgres} or newer.` },
    ]
    if (Math.abs(skew) > 1000) {
      findings.push({
        check: 'clock',
        state: 'warning',
        detail: `differs from the database's by ${skew} ms`,
        mend: 'Keep both by NTP.',
      })
    } else findings.push(ok('clock', `within ${Math.max(Math.abs(skew), 1)} ms of the database's`))
    return slots ? [...findings, ...checkSlotCap(row.cap)] : findings
  } catch (error) {
    return [failedBy(name, error)]
  } finally {
    await db.close()
  }
}
