import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usersRpc } from '#contracts/rpc/users.ts'
import type { Host } from '#kit/service/host.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'

export interface Administrator {
  readonly email: string
  readonly password: string
}

/**
 * What a fresh installation needs before anybody comes: each service's first data, one administrator with a generated
 * password, and the demo shop if it is wanted. Safe to repeat; what was done is noted in the installation's folder.
 */
export async function provideFirstData(
  host: Host,
  settings: Settings,
  secrets: Secrets,
): Promise<{ administrator: Administrator | undefined; seeded: boolean }> {
  for (const service of host.services) await service.bootstrap()
  const note = join(settings.dir, 'first-data.json')
  const done = JSON.parse(await readFile(note, 'utf8').catch(() => '{}')) as { administrator?: true; demo?: true }
  const administrator = { email: 'admin@example.com', password: secrets.password('first administrator').slice(0, 20) }
  if (!done.administrator && host.services.some(({ name }) => name === 'users')) {
    await host.rpc.client(usersRpc, 'host').register({ ...administrator, fullName: 'Administrator', role: 'ADMIN' })
  }
  const seeded = settings.seedDemo && !done.demo
  if (seeded) for (const service of [...host.services].sort((a, b) => a.service.port - b.service.port)) await service.seed()
  await writeFile(note, `${JSON.stringify({ administrator: true, ...(settings.seedDemo ? { demo: true } : {}) })}\n`)
  return { administrator: settings.environment === 'production' ? undefined : administrator, seeded }
}
