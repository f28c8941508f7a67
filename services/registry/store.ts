import type { Action, Entry } from './entry.ts'
import type { Registration, Status } from './instance.ts'
import type { Sql } from '#kit/db/db.ts'

interface Row {
  registration: Registration
  status: Status
  overridden: Status
  dirty: bigint
  registeredAt: bigint
  upAt: bigint
  changedAt: bigint
  renewedAt: Date
  action: Action
}

/** Changes that became visible since an earlier look; `everything`: these are all there are. */
export interface Look {
  readonly snapshot: string
  readonly everything: boolean
  readonly entries: readonly Entry[]
}

/** An entry to be written; `renew`: the instance itself has just said that it lives. */
export interface Write {
  readonly entry: Entry
  readonly renew: boolean
}

export interface Census {
  readonly total: number
  readonly silent: number
  /** so many are silent that the network is the likelier reason: nobody is removed */
  readonly preserving: boolean
}

/** The fleet's table. Leases are kept and ended by the clock of the database, so that registries need not agree on the time. */
export class Store {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** One statement for any number of changes. What was changed later, here or elsewhere, stays. */
  async write(writes: readonly Write[]): Promise<void> {
    const rows = writes.map(({ entry, renew }) => ({
      app: entry.registration.app,
      id: entry.registration.instanceId,
      registration: entry.registration,
      status: entry.status,
      overridden: entry.overridden,
      dirty: entry.dirty,
      registered: entry.registeredAt,
      up: entry.upAt,
      changed: entry.changedAt,
      lease: entry.registration.leaseSeconds,
      action: entry.action,
      renew,
    }))
    await this.#sql`
      insert into instances as i (app, instance_id, registration, status, overridden, dirty, registered_ms, up_ms, changed_ms, lease_seconds, action)
      select r.app, r.id, r.registration, r.status, r.overridden, r.dirty, r.registered, r.up, r.changed, r.lease, r.action
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (app text, id text, registration jsonb, status text, overridden text,
             dirty bigint, registered bigint, up bigint, changed bigint, lease integer, action text)
       order by r.app, r.id
      on conflict (app, instance_id) do update
         set registration = excluded.registration, status = excluded.status, overridden = excluded.overridden, dirty = excluded.dirty,
             registered_ms = excluded.registered_ms, up_ms = excluded.up_ms, changed_ms = excluded.changed_ms,
             lease_seconds = excluded.lease_seconds, action = excluded.action, xid = pg_current_xact_id()
       where i.changed_ms <= excluded.changed_ms`
    const renewed = writes.filter(({ renew }) => renew).map(({ entry }) => entry)
    if (renewed.length > 0) await this.renew(renewed)
  }

  /** Notes that these live. Not a change: nobody has to be told. */
  async renew(entries: readonly Entry[]): Promise<void> {
    const rows = entries.map(({ registration: { app, instanceId } }) => ({ app, id: instanceId }))
    await this.#sql`
      update instances i set renewed_at = now()
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (app text, id text)
       where i.app = r.app and i.instance_id = r.id and i.action <> 'DELETED'`
  }

  /** Everybody gets a whole lease: while no registry ran, nobody could renew. */
  async warmUp(): Promise<void> {
    await this.#sql`update instances set renewed_at = now() where instances.action <> 'DELETED'`
  }

  /** What was committed since the snapshot of an earlier look, in one statement. */
  async look(since: string | undefined): Promise<Look> {
    const rows = await this.#sql<(Row & { snapshot: string; everything: boolean })[]>`
      select s.snapshot::text as snapshot, s.everything, i.registration, i.status, i.overridden, i.dirty, i.registered_ms as "registeredAt",
             i.up_ms as "upAt", i.changed_ms as "changedAt", i.renewed_at as "renewedAt", i.action
        from (select n as snapshot, ${since ?? null}::pg_snapshot is null
                       or pg_snapshot_xmax(n) < pg_snapshot_xmax(${since ?? null}::pg_snapshot) as everything
                from pg_current_snapshot() n) s
        left join instances i on s.everything
              or (i.xid >= pg_snapshot_xmin(${since ?? null}::pg_snapshot)
                  and not pg_visible_in_snapshot(i.xid, ${since ?? null}::pg_snapshot))`
    const { snapshot, everything } = rows[0]!
    return { snapshot, everything, entries: rows.filter(({ registration }) => registration !== null).map(entryOf) }
  }

  /** Removes whoever's lease has ended, unless too many are silent at once. Any number of registries may ask at the same time. */
  async evict(limits: { preserve: boolean; percent: number; count: number }): Promise<Census> {
    const [row] = await this.#sql<[{ total: number; silent: number; preserving: boolean }]>`
      with late as (
        select i.app, i.instance_id from instances i
         where i.action <> 'DELETED' and i.renewed_at + make_interval(secs => i.lease_seconds) < now()
      ), census as (
        select (select count(*) from instances i where i.action <> 'DELETED')::integer as total, (select count(*) from late)::integer as silent
      ), judged as (
        select c.total, c.silent,
               ${limits.preserve} and c.silent > greatest(${limits.count}::numeric, c.total * ${limits.percent}::numeric / 100) as preserving
          from census c
      ), gone as (
        update instances i
           set action = 'DELETED', xid = pg_current_xact_id(),
               changed_ms = greatest(i.changed_ms + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
          from late l, judged j
         where i.app = l.app and i.instance_id = l.instance_id and not j.preserving and i.action <> 'DELETED'
           and i.renewed_at + make_interval(secs => i.lease_seconds) < now()
        returning 1
      )
      select j.total, j.silent, j.preserving from judged j`
    return row
  }

  /** Forgets those who left so long ago that every reader of changes has heard of it. */
  async prune(): Promise<void> {
    await this.#sql`
      delete from instances i
       where i.action = 'DELETED' and i.changed_ms < (extract(epoch from clock_timestamp()) * 1000)::bigint - 3600000`
  }
}

function entryOf(row: Row): Entry {
  const { registration, status, overridden, action } = row
  return {
    registration,
    status,
    overridden,
    dirty: Number(row.dirty),
    registeredAt: Number(row.registeredAt),
    upAt: Number(row.upAt),
    changedAt: Number(row.changedAt),
    renewedAt: row.renewedAt.getTime(),
    action,
  }
}
