import { execFile } from 'node:child_process'
import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { isAlive } from '#kit/db/embedded-postmaster.ts'
import type { PostgresSettings } from '#kit/db/embedded-config.ts'
import { eventually } from './eventually.ts'

/** A second server that follows `primary` by streaming replication, from a physical copy of its files. The role is called `replica`. */
export async function startReplica(
  primary: EmbeddedPostgres,
  { dir, settings = {} }: { dir: string; settings?: PostgresSettings },
): Promise<EmbeddedPostgres> {
  const from = join(primary.dir, 'data')
  const to = join(dir, 'data')
  await mkdir(dir, { recursive: true })
  // the backup ends with the session that began it
  const sql = postgres(primary.adminUrl, { max: 1, onnotice() {} })
  try {
    await sql`select pg_backup_start('replica', true)`
    await promisify(execFile)('cp', ['-a', from, to])
    const [{ label }] = await sql<[{ label: string }]>`select labelfile as label from pg_backup_stop()`
    await rm(join(to, 'postmaster.pid'), { force: true })
    const owner = await stat(from)
    for (const [name, text] of [
      ['backup_label', label],
      ['standby.signal', ''],
    ] as const) {
      await writeFile(join(to, name), text, { mode: 0o600 })
      await chown(join(to, name), owner.uid, owner.gid)
    }
  } finally {
    await sql.end()
  }
  const { username, password, port } = new URL(primary.adminUrl)
  const conninfo = `host=127.0.0.1 port=${port} user=${username} password=${password} application_name=replica`
  return await startPostgres({ dir, settings: { primary_conninfo: conninfo, wal_retrieve_retry_interval: '100ms', ...settings } })
}

/** From now on `primary` answers a commit when the replica has it on disk. */
export async function waitForReplica(primary: EmbeddedPostgres): Promise<void> {
  const sql = postgres(primary.adminUrl, { max: 1, onnotice() {} })
  try {
    await sql`alter system set synchronous_standby_names = 'replica'`
    await sql`select pg_reload_conf()`
    await eventually(
      async () => {
        const [row] =
          await sql`select sync_state from pg_stat_replication where application_name = 'replica' and state = 'streaming'`
        if (row?.['sync_state'] !== 'sync') throw new Error('the replica does not stream yet')
      },
      { timeoutMs: 30_000 },
    )
  } finally {
    await sql.end()
  }
}

/** SIGKILL of the whole server. */
export async function killServer({ pid }: EmbeddedPostgres): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await eventually(() => {
    if (isAlive(pid)) throw new Error('the server is still there')
  })
}

/** Makes a replica the primary; returns when it is one. */
export async function promote({ adminUrl }: EmbeddedPostgres): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice() {} })
  await sql`select pg_promote()`.finally(() => sql.end())
}
