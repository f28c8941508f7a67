import type { Db, Query, Sql } from '#kit/db/db.ts'
import { committing } from '#kit/db/late-commit.ts'
import type { Typed } from './process.ts'

/** A performed command, for people who look at a flow later. */
export interface Step {
  readonly command: string
  readonly answer: string
  readonly at: string
  readonly milliseconds: number
}

export interface ProcessRow {
  readonly name: string
  readonly id: string
  readonly status: 'running' | 'waiting' | 'done' | 'stuck'
  readonly state: Typed
  readonly pending: Typed[]
  readonly mailbox: Typed[]
  readonly steps: Step[]
  readonly attempts: number
  readonly version: bigint
  readonly trace: { traceId?: string; correlationId?: string; spanId?: string | undefined }
}

/** Seconds a runner may hold a flow without writing; after that the recovery loop takes it over. */
export const LEASE_SECONDS = 30

const json = (value: unknown) => JSON.stringify(value)

/** Inserts a flow in the caller's transaction, leased to the caller or (`leaseSeconds` 0) to whoever looks first. False: it exists already. */
export async function insertProcess(
  tx: Query,
  row: { name: string; id: string; state: Typed; pending: readonly Typed[]; trace: object },
  leaseSeconds = LEASE_SECONDS,
): Promise<boolean> {
  const inserted = await tx`
    insert into processes (name, id, state, pending, trace, due_at, lease_until)
    values (${row.name}, ${row.id}, ${json(row.state)}::text::jsonb, ${json(row.pending)}::text::jsonb, ${json(row.trace)}::text::jsonb,
            now() + make_interval(secs => ${leaseSeconds}), now() + make_interval(secs => ${leaseSeconds}))
    on conflict (name, id) do nothing`
  return inserted.count === 1
}

/** Takes one flow if nobody holds it and there is something to do: a flow that waits, has no mail and is not due is left to wait. */
export async function claimProcess(sql: Sql, name: string, id: string): Promise<ProcessRow | undefined> {
  const [row] = await sql<ProcessRow[]>`
    update processes set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), version = version + 1
    where processes.name = ${name} and processes.id = ${id} and processes.status in ('running', 'waiting') and processes.lease_until < now()
      and (processes.status = 'running' or processes.mailbox <> '[]' or processes.due_at <= now())
    returning name, id, status, state, pending, mailbox, steps, attempts, version, trace`
  return row
}

/** Takes up to `limit` flows whose time has come and that nobody holds. */
export async function claimDue(sql: Sql, names: readonly string[], limit: number): Promise<ProcessRow[]> {
  return await sql<ProcessRow[]>`
    update processes set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), version = version + 1
    where (processes.name, processes.id) in (
      select due.name, due.id from processes due
      where due.due_at < 'infinity' and due.due_at <= now() and due.lease_until <= now() and due.name = any(${names as string[]})
      order by due.due_at limit ${limit} for update skip locked)
    returning name, id, status, state, pending, mailbox, steps, attempts, version, trace`
}

export interface Save {
  name: string
  id: string
  version: bigint
  status: ProcessRow['status']
  state: Typed
  pending: readonly Typed[]
  steps: readonly Step[]
  attempts: number
  /** how many happenings at the front of the mailbox `state` has heard of; they leave it */
  heard: number
  /** seconds until the recovery loop looks at it */
  dueInSeconds: number
  /** keep holding it, let go, or keep holding it only if there is mail that `state` has not heard of */
  hold: boolean | 'with-mail'
  error?: string | undefined
}

/**
 * Writes a checkpoint. The answer has the mail that is left: it stays in the mailbox until a checkpoint that has heard of it, so that a crash
 * forgets nothing. `undefined`: somebody else took the flow over (the version moved), so this runner must stop.
 */
export async function saveProcess(sql: Sql, save: Save): Promise<{ version: bigint; mailbox: Typed[] } | undefined> {
  const rest = sql`jsonb_path_query_array(processes.mailbox, '$[$heard to last]', ${json({ heard: save.heard })}::text::jsonb)`
  const held = sql`(${save.hold === 'with-mail'} and ${rest} <> '[]')`
  const [row] = await sql<{ version: bigint; mailbox: Typed[] }[]>`
    update processes set
      status = ${save.status}, state = ${json(save.state)}::text::jsonb, pending = ${json(save.pending)}::text::jsonb,
      steps = ${json(save.steps)}::text::jsonb, attempts = ${save.attempts}, version = processes.version + 1, mailbox = ${rest},
      due_at = case when ${save.status} = 'stuck' then 'infinity' when ${held} then now() else now() + make_interval(secs => ${save.dueInSeconds}) end,
      lease_until = case when ${save.hold === true} or ${held} then now() + make_interval(secs => ${LEASE_SECONDS}) else now() end,
      last_error = ${save.error ?? null}, updated_at = now()
    where processes.name = ${save.name} and processes.id = ${save.id} and processes.version = ${save.version}
    returning processes.version, processes.mailbox`
  return row
}

/**
 * Marks finished flows, many in one statement; a flow somebody else took over meanwhile is left alone. `late`: an end that a crash loses is
 * found by the recovery loop.
 */
export async function finishProcesses(
  sql: Sql,
  rows: readonly { name: string; id: string; version: bigint; state: Typed; steps: readonly Step[] }[],
  late = false,
): Promise<void> {
  const payload = json(rows.map((row) => ({ ...row, version: row.version.toString() })))
  await sql`
    update processes set status = 'done', due_at = 'infinity', state = finished.state, steps = finished.steps, pending = '[]', mailbox = '[]', last_error = null,
      version = processes.version + 1, updated_at = now()
    from jsonb_to_recordset(${payload}::text::jsonb) as finished(name text, id uuid, version bigint, state jsonb, steps jsonb), ${committing(sql, late)} as durability
    where processes.name = finished.name and processes.id = finished.id and processes.version = finished.version`
}

/**
 * Tells a waiting flow that something happened and makes it due. A flow that is not waiting is left alone, and false is the answer:
 * one that runs will ask for itself (`CheckPayment`) if it has to wait, so its row need not be fought over here. With `whileRunning` such a flow gets
 * it as well: for facts that nobody can be asked about later.
 */
export async function postToProcess(
  tx: Query,
  name: string,
  id: string,
  happening: Typed,
  whileRunning = false,
): Promise<boolean> {
  const updated = await tx`
    update processes set mailbox = processes.mailbox || ${json([happening])}::text::jsonb, due_at = least(processes.due_at, now())
    where processes.name = ${name} and processes.id = ${id} and (processes.status = 'waiting' or (${whileRunning} and processes.status = 'running'))`
  return updated.count === 1
}

/** The same for many flows in one statement: those that wait for nothing, as a rule all of them, cost a look. */
export async function postToProcesses(
  tx: Query,
  name: string,
  mail: readonly { processId: string; happening: Typed }[],
  whileRunning = false,
): Promise<void> {
  await tx`
    with mail as (
      select m."processId" as id, jsonb_agg(m.happening order by m.n) as happenings
        from rows from (jsonb_to_recordset(${json(mail)}::text::jsonb) as ("processId" uuid, happening jsonb)) with ordinality as m("processId", happening, n)
       group by m."processId"
    ), concerned as materialized (
      select p.id, mail.happenings from processes p join mail on mail.id = p.id
       where p.name = ${name} and (p.status = 'waiting' or (${whileRunning} and p.status = 'running'))
       order by p.id for no key update of p
    )
    update processes set mailbox = processes.mailbox || concerned.happenings, due_at = least(processes.due_at, now())
    from concerned where processes.name = ${name} and processes.id = concerned.id`
}

/** Where a runner keeps its flows: the functions above on one service's schema, or a model in memory that fits the same contract (store.contract.ts). */
export interface ProcessStore {
  insert: typeof insertProcess
  post: typeof postToProcess
  postAll: typeof postToProcesses
  claim(name: string, id: string): Promise<ProcessRow | undefined>
  claimDue(names: readonly string[], limit: number): Promise<ProcessRow[]>
  save(save: Save): Promise<{ version: bigint; mailbox: Typed[] } | undefined>
  finish(rows: Parameters<typeof finishProcesses>[1]): Promise<void>
  /** the state a flow is in, whoever holds it */
  stateOf(name: string, id: string): Promise<Typed | undefined>
}

export function createProcessStore({ sql, lateCommits }: Pick<Db, 'sql' | 'lateCommits'>): ProcessStore {
  return {
    insert: insertProcess,
    post: postToProcess,
    postAll: postToProcesses,
    claim: (name, id) => claimProcess(sql, name, id),
    claimDue: (names, limit) => claimDue(sql, names, limit),
    save: (save) => saveProcess(sql, save),
    finish: (rows) => finishProcesses(sql, rows, lateCommits),
    async stateOf(name, id) {
      const [row] = await sql<{ state: Typed }[]>`
        select processes.state from processes where processes.name = ${name} and processes.id = ${id}`
      return row?.state
    },
  }
}
