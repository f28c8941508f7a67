import type { Query } from '#kit/db/db.ts'
import type { ProcessRow, Step } from './store.ts'

/*
 * Flows as the people see them who keep the shop running. Neither the state's data nor the commands' are shown, only their
 * names: they may hold addresses.
 */

export type UnfinishedStatus = Exclude<ProcessRow['status'], 'done'>

export interface Flow {
  readonly name: string
  readonly id: string
  readonly status: ProcessRow['status']
  /** name of the state it is in */
  readonly state: string
  /** names of the commands it has still to perform, the next one first */
  readonly pending: readonly string[]
  readonly steps: readonly Step[]
  /** failed tries of the next command */
  readonly attempts: number
  readonly lastError: string | null
  readonly startedAt: Date
  readonly updatedAt: Date
  /** when the recovery looks at it again; for a waiting flow, its deadline; null: never, it has ended or is stuck */
  readonly dueAt: Date | null
}

export interface FlowFilter {
  readonly status?: UnfinishedStatus | undefined
  readonly name?: string | undefined
}

const columns = (sql: Query) => sql`
  processes.name, processes.id, processes.status, processes.state ->> 'type' as state, jsonb_path_query_array(processes.pending, '$[*].type') as pending,
  processes.steps, processes.attempts, processes.last_error as "lastError", processes.started_at as "startedAt",
  processes.updated_at as "updatedAt", nullif(processes.due_at, 'infinity') as "dueAt"`

/** In the words of the two small indexes: who is due some time has not ended, and who is stuck is due never. */
const unfinished = (sql: Query) => sql`(processes.due_at < 'infinity' or processes.status = 'stuck')`

/** Flows that have not ended, oldest first; `after` is the last one of the page before. */
export async function listFlows(
  sql: Query,
  { status, name }: FlowFilter = {},
  page: { readonly limit?: number; readonly after?: Pick<Flow, 'startedAt' | 'id' | 'name'> | undefined } = {},
): Promise<Flow[]> {
  const { limit = 50, after } = page
  const rows = await sql<Flow[]>`
    select ${columns(sql)} from processes
     where ${unfinished(sql)}
       and (${status ?? null}::text is null or processes.status = ${status ?? null}) and (${name ?? null}::text is null or processes.name = ${name ?? null})
       and ${
         after
           ? sql`(date_trunc('milliseconds', processes.started_at), processes.id, processes.name) > (${after.startedAt}, ${after.id}::uuid, ${after.name})`
           : sql`true`
       }
     order by date_trunc('milliseconds', processes.started_at), processes.id, processes.name limit ${limit}`
  return [...rows]
}

/** One flow, ended or not; undefined if there is none. */
export async function inspectFlow(sql: Query, name: string, id: string): Promise<Flow | undefined> {
  const [row] = await sql<
    Flow[]
  >`select ${columns(sql)} from processes where processes.name = ${name} and processes.id = ${id}::uuid`
  return row
}

/**
 * Has the next command tried again now, with all its tries. Only for flows that failed or are on their way: one that waits for
 * something outside would take the push for its deadline. Returns what the flow is, `retried` if it was pushed.
 */
export async function retryFlow(sql: Query, name: string, id: string): Promise<'retried' | 'waiting' | 'done' | 'unknown'> {
  const pushed = await sql`
    update processes set status = 'running', attempts = 0, due_at = now()
     where processes.name = ${name} and processes.id = ${id}::uuid and processes.status in ('stuck', 'running') returning 1`
  if (pushed.length > 0) return 'retried'
  const [row] = await sql<{ status: 'waiting' | 'done' }[]>`
    select processes.status from processes where processes.name = ${name} and processes.id = ${id}::uuid`
  return row?.status ?? 'unknown'
}

export interface FlowCount {
  readonly name: string
  readonly status: UnfinishedStatus
  readonly count: number
  /** since the oldest of them began */
  readonly oldestSeconds: number
}

/** Unfinished flows by name and status; none, no row. */
export async function countFlows(sql: Query): Promise<FlowCount[]> {
  const rows = await sql<FlowCount[]>`
    select processes.name, processes.status, count(*)::int as count,
           extract(epoch from now() - min(processes.started_at))::float8 as "oldestSeconds" from processes
     where ${unfinished(sql)}
     group by processes.name, processes.status order by processes.name, processes.status`
  return [...rows]
}
