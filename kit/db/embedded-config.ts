import os from 'node:os'

/** A PostgreSQL setting as it stands in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string | number | boolean>>

/**
 * Settings for one small machine that also runs the shop. Logical replication is on for change data capture; a forgotten
 * replication slot may hold back 2 GB of WAL, not the disk. Statements that fail are the application's to log (they can hold
 * personal data), so the server logs only what concerns the server.
 */
export function defaultSettings(): PostgresSettings {
  const constrained = process.constrainedMemory()
  const memory = Math.min(os.totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY)
  const megabytes = Math.floor(memory / 2 ** 20)
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // two for each service in each process, with HTTP workers, and room for a command beside them
    max_connections: 200,
    // who dies while it signs in counts as a connection until then
    authentication_timeout: '10s',
    shared_buffers: `${Math.max(64, Math.min(512, Math.floor(megabytes / 16)))}MB`,
    effective_cache_size: `${Math.max(256, Math.floor(megabytes / 2))}MB`,
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    // containers give /dev/shm 64 MB; parallel queries would run out of it
    max_parallel_workers_per_gather: 0,
    jit: false,
    random_page_cost: 1.1,
    wal_level: 'logical',
    // one for every service that has a database of its own, and some to spare
    max_replication_slots: 40,
    max_wal_senders: 40,
    max_slot_wal_keep_size: '2GB',
    wal_compression: 'pglz',
    min_wal_size: '80MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'log',
    log_checkpoints: false,
    log_line_prefix: '%m [%p] %u@%d ',
  }
}

export function renderSettings(settings: PostgresSettings): string {
  const lines = ['# Written by Souk at every start. Settings of your own belong into local.conf beside this file; they win.']
  for (const [name, value] of Object.entries(settings)) {
    if (!/^[a-z_][a-z0-9_.]*$/i.test(name)) throw new Error(`"${name}" is not the name of a PostgreSQL setting`)
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
    lines.push(`${name} = '${text.replaceAll("'", "''")}'`)
  }
  return `${lines.join('\n')}\ninclude 'local.conf'\n`
}

/** Passwords for everybody, from this machine only; the second line lets a physical backup stream. */
export const hostBasedAccess = [
  'host all all 127.0.0.1/32 scram-sha-256',
  'host replication all 127.0.0.1/32 scram-sha-256',
  '',
].join('\n')
