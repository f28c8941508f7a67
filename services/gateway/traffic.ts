import type { VersionWeight } from './weights.ts'
import { errors } from './errors.ts'
import { TrafficShifted } from '#contracts/events/gateway.ts'
import type { Db, Query, Tx } from '#kit/db/db.ts'
import type { Weights } from '#kit/http/forward/versions.ts'
import type { Outbox } from '#kit/messaging/bus.ts'
import type { Logger } from '#kit/service/logger.ts'

const REFRESH_MS = 1_000

export interface TrafficChange {
  readonly service: string
  readonly version: number
  readonly weights: Weights | null
  readonly reason: string
  readonly changedBy: string
  readonly changedAt: Date
}

export const listOf = (weights: Weights): VersionWeight[] =>
  Object.entries(weights).map(([version, weight]) => ({ version, weight }))

/** What staff decided last for each service. */
export async function lastChanges(sql: Query): Promise<TrafficChange[]> {
  return await sql<TrafficChange[]>`
    select distinct on (c.service) c.service, c.version, c.weights, c.reason, c.changed_by as "changedBy", c.changed_at as "changedAt"
      from traffic_changes c order by c.service, c.version desc`
}

/** Everything staff decided for a service, newest first. */
export async function changesOf(sql: Query, service: string, limit: number): Promise<TrafficChange[]> {
  return await sql<TrafficChange[]>`
    select c.service, c.version, c.weights, c.reason, c.changed_by as "changedBy", c.changed_at as "changedAt"
      from traffic_changes c where c.service = ${service} order by c.version desc limit ${limit}`
}

export interface Shift {
  readonly service: string
  /** null: those of the settings again */
  readonly weights: Weights | null
  readonly reason: string
  readonly changedBy: string
  /** of the last change, where the caller has looked at it */
  readonly expectedVersion: number | undefined
}

/** Notes who shifts traffic, which makes it so. Of two at once, one is told to look again. */
export async function shiftTraffic(tx: Tx, outbox: Outbox, shift: Shift): Promise<TrafficChange> {
  const { service, weights, reason, changedBy } = shift
  const expected = shift.expectedVersion ?? null
  const [change] = await tx<TrafficChange[]>`
    insert into traffic_changes (service, version, weights, reason, changed_by)
    select ${service}, coalesce(max(c.version), 0) + 1, ${weights === null ? null : tx.json(weights)}, ${reason}, ${changedBy}
      from traffic_changes c where c.service = ${service}
    having ${expected}::int is null or coalesce(max(c.version), 0) = ${expected}::int
    on conflict do nothing
    returning service, version, weights, reason, changed_by as "changedBy", changed_at as "changedAt"`
  if (!change) throw errors.versionConflict()
  await outbox.append(tx, [TrafficShifted({ service, weights: weights && listOf(weights), reason, changedBy })])
  return change
}

/** The weights that hold, in memory; every gateway process looks once a second whether staff decided anew. */
export class Traffic {
  readonly #db: Pick<Db, 'sql'>
  readonly #settings: () => ReadonlyMap<string, Weights>
  readonly #log: Logger
  #decided: ReadonlyMap<string, Weights | null> = new Map()
  #timer: NodeJS.Timeout | undefined

  constructor(db: Pick<Db, 'sql'>, settings: () => ReadonlyMap<string, Weights>, log: Logger) {
    this.#db = db
    this.#settings = settings
    this.#log = log
  }

  /** What staff decided, else the setting; undefined: each instance counts the same. */
  weights(service: string): Weights | undefined {
    return this.#decided.get(service) ?? this.#settings().get(service)
  }

  async open(): Promise<void> {
    await this.refresh()
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Without an answer of the database, what was known goes on to hold. */
  async refresh(): Promise<void> {
    try {
      this.#decided = new Map((await lastChanges(this.#db.sql)).map(({ service, weights }) => [service, weights]))
    } catch (error) {
      this.#log.warn({ err: error }, 'the weights of versions could not be read; those known before hold on')
    }
  }
}
