import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Settings } from '../settings.ts'

/** Throws what `listen` would throw later, before the database is started or changed. A short look: another program may still be faster. */
export async function refuseTakenPort({ host, port }: Pick<Settings, 'host' | 'port'>): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  probe.listen({ host, port })
  await once(probe, 'listening')
  const closed = once(probe, 'close')
  probe.close()
  await closed
}
