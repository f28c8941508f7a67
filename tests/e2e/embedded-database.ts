import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, readPostmaster } from '#kit/db/embedded-postmaster.ts'
import { eventually } from '#kit/testing/eventually.ts'
import { expectGone } from '#kit/testing/processes.ts'

/** Address of the embedded database of a running shop, for its administrator. `folder`: SOUK_DIR of the shop. */
export async function embeddedDatabaseUrl(folder: string): Promise<string> {
  const read = async (...path: string[]) => (await readFile(join(folder, 'postgres', ...path), 'utf8')).trim()
  return `postgres://souk_admin:${await read('data', 'souk.password')}@127.0.0.1:${await read('port')}/souk`
}

/** Of a shop that is gone: at once, nobody wants its data any more. */
export async function endDatabase(folder: string): Promise<void> {
  const server = await readPostmaster(join(folder, 'postgres', 'data'))
  if (!server || !isAlive(server.pid)) return
  process.kill(server.pid, 'SIGQUIT')
  await eventually(() => expectGone([server.pid]), { timeoutMs: 30_000 })
}
