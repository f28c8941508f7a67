import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import type { HealthProvider } from '#kit/http/health.ts'
import type { OpenedDb } from '#kit/db/open.ts'

const NANOSECONDS = 1e6
const round = (value: number): number => Math.round(value * 10) / 10
const megabytes = (bytes: number): number => round(bytes / 2 ** 20)

/** What runs here and how it feels: event loop and garbage collection since somebody looked the last time. */
export function processHealth(about: {
  application: string
  profile: string
  version: string
}): HealthProvider & { close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const collections = { minor: 0, major: 0, other: 0, milliseconds: 0 }
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {}
      const name =
        kind === constants.NODE_PERFORMANCE_GC_MINOR ? 'minor' : kind === constants.NODE_PERFORMANCE_GC_MAJOR ? 'major' : 'other'
      collections[name] += 1
      collections.milliseconds += entry.duration
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  let used = performance.eventLoopUtilization()
  return {
    name: 'process',
    async check() {
      const { heapUsed, rss } = process.memoryUsage()
      const utilization = performance.eventLoopUtilization(used)
      used = performance.eventLoopUtilization()
      const eventLoop = {
        utilization: round(utilization.utilization * 100) / 100,
        p50Ms: round(delay.percentile(50) / NANOSECONDS),
        p99Ms: round(delay.percentile(99) / NANOSECONDS),
      }
      delay.reset()
      return {
        ...about,
        uptimeSeconds: Math.round(process.uptime()),
        node: process.versions.node,
        pid: process.pid,
        memoryMb: megabytes(rss),
        heapMb: megabytes(heapUsed),
        eventLoop,
        gc: { ...collections, milliseconds: round(collections.milliseconds) },
      }
    },
    close() {
      delay.disable()
      observer.disconnect()
    },
  }
}

/**
 * Every service's database: how long a statement takes, who holds connections, how far copies are behind, about how many rows there are
 * (as the planner believes: nothing is counted).
 */
export function databaseHealth(databases: ReadonlyMap<string, OpenedDb>): HealthProvider {
  return {
    name: 'db',
    async check() {
      const all = await Promise.all([...databases].map(async ([service, db]) => [service, await lookAt(db)] as const))
      return Object.fromEntries(all)
    },
  }
}

async function lookAt(db: OpenedDb): Promise<Record<string, unknown>> {
  const asked = performance.now()
  const [row] = await db.sql<[{ version: string; tables: number; rows: number; standby: boolean }]>`
    select current_setting('server_version') as version, count(*)::int as tables, coalesce(sum(greatest(reltuples, 0)), 0)::float8 as rows,
           pg_is_in_recovery() as standby
      from pg_class where relkind = 'r' and relnamespace = ${db.schema}::regnamespace`
  const queryMs = round(performance.now() - asked)
  const { max, inUse, waiting, refused } = db.stats()
  const { version, tables, rows, standby } = row
  return {
    version,
    queryMs,
    pool: { max, inUse, waiting, refused },
    tables,
    rows,
    ...(standby ? { standby } : {}),
    ...(await replicasOf(db)),
  }
}

async function replicasOf(db: OpenedDb): Promise<object> {
  if (db.read === db.sql) return {}
  const [row] = await db.read<[{ behind: number | null; replica: boolean }]>`
    select case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
                else extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 end as behind,
           pg_is_in_recovery() as replica`
  return {
    replica: row.replica
      ? { behindSeconds: row.behind === null ? null : round(row.behind) }
      : 'does not answer: the primary is read',
  }
}
