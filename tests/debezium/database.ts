/**
 * A PostgreSQL for a Debezium that is about to be started: prints its URL and runs until it is told to stop. The suites then add connectors of
 * their own, to databases of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '#kit/db/embedded.ts'
import { openDb } from '#kit/db/open.ts'

const dir = await mkdtemp(join(tmpdir(), 'souk-debezium-'))
const server = await startPostgres({ dir, disposable: true })
const db = openDb({ url: server.adminUrl, schema: 'public', applicationName: 'souk debezium', max: 1 })
await db.sql`
  create table public.outbox (id uuid primary key, aggregatetype text, aggregateid text, type text, payload text)`
await db.close()
console.log(server.adminUrl)
const stop = async (): Promise<void> => {
  await server.stop()
  await rm(dir, { recursive: true, force: true })
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
setInterval(() => undefined, 60_000)
