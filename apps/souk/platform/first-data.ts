import { usersRpc } from '#contracts/rpc/users.ts'
import type { Host } from '#kit/service/host.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import type { Marks } from './marks.ts'
import { DEMO } from './seed.ts'
import { patiently } from './until-done.ts'

export interface Administrator {
  readonly email: string
  readonly password: string
}

export interface FirstDataOptions {
  readonly host: Host
  readonly settings: Settings
  readonly secrets: Secrets
  readonly marks: Marks
  readonly log: Logger
  /** all services run here; else those that run elsewhere may not answer yet */
  readonly whole: boolean
  readonly signal: AbortSignal
}

export interface FirstData {
  readonly administrator: Administrator | undefined
  /** the demo data is wanted and not there yet */
  readonly demo: boolean
}

const ADMINISTRATOR = 'first administrator'

/** What a fresh installation needs before anybody comes: each service's first data and one administrator with a generated password. */
export async function provideFirstData(options: FirstDataOptions): Promise<FirstData> {
  const { host, settings, secrets, marks, whole, log, signal } = options
  const what = 'the first data have to wait for the database'
  for (const service of host.services) await patiently(() => service.bootstrap(), { tries: 30, signal, log, what })
  const administrator = { email: 'admin@example.com', password: secrets.password('first administrator').slice(0, 20) }
  const shown = settings.environment === 'production' ? undefined : administrator
  const hasUsers = host.services.some(({ name }) => name === 'users')
  if (!hasUsers) return { administrator: undefined, demo: false }
  if (!(await marks.has(ADMINISTRATOR))) {
    const opened = openAccount(options, administrator)
    opened.catch((error: unknown) => log.error({ err: error }, 'the first administrator could not be made'))
    // Apart, the service that keeps passwords may start after this one.
    if (whole) await opened
  }
  return { administrator: shown, demo: whole && settings.seedDemo && !(await marks.has(DEMO)) }
}

async function openAccount({ host, marks, log, signal }: FirstDataOptions, account: Administrator): Promise<void> {
  const users = host.rpc.client(usersRpc, 'host')
  const open = async () => {
    await users.register({ ...account, fullName: 'Administrator', role: 'ADMIN' })
    await marks.set(ADMINISTRATOR)
  }
  const what = 'the first administrator has to wait for another service'
  await patiently(open, { signal, log, what }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
