import { readdirSync, readFileSync } from 'node:fs'

export interface MeasureOptions {
  /** of one round */
  readonly seconds: number
  readonly rounds: number
  readonly connections: readonly number[]
  readonly strategy: 'relay' | 'cdc'
  /** of `events` */
  readonly bus: 'postgres' | 'kafka' | 'sns-sqs'
  /** of `events`: a second, open loop */
  readonly rates: readonly number[]
  /** the word behind the name: a flow of `profile`, layouts of `apart`, `hops`, `split` and `start-apart`, a bus of `buses`; default: all, or the usual ones */
  readonly flow?: string
}

/** One row: medians over the rounds; `spread` is the slowest and the fastest round. */
export interface Measurement {
  readonly name: string
  readonly connections: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU of the shop: its Node processes and its PostgreSQL, without the load generator */
  readonly cpuMsPerRequest: number | null
  readonly statementsPerRequest: number | null
  /** the physical limit: bare Fastify with the same bytes, or the same SQL from a bare client */
  readonly limitPerSecond: number | null
  readonly ratio: number | null
  readonly rounds: number
  readonly spread: readonly [number, number]
  readonly failed: number
  /** MB of all Node processes at the peak, see `nodeMemoryMb` */
  readonly rssMb?: number
  readonly takenMb?: number
  readonly note?: string
  /** what one request costs behind it; of the last round */
  readonly background?: Background
}

export interface Background {
  /** from the last answer until every event has been relayed and handled */
  readonly lagMs: number
  /** from the last answer until every mail has left, which comes behind the events */
  readonly mailsMs: number
  /** CPU per request, mails included */
  readonly cpuMs: CpuByPart
  /** statements per request by role: services, relay, bus; what the clock causes in the same time is in it */
  readonly statements: Readonly<Record<string, number>>
}

export interface CpuByPart {
  readonly http: number
  readonly background: number
  readonly postgres: number
}

export interface Round {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly done: number
  readonly failed: number
}

/** Closed loop: `connections` callers, each asks again when its answer has come. `work` answers whether it went well. */
export async function closedLoop(
  connections: number,
  seconds: number,
  work: (caller: number) => Promise<boolean>,
): Promise<Round> {
  const times: number[] = []
  let failed = 0
  const begun = performance.now()
  const until = begun + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, async (_, caller) => {
      while (performance.now() < until) {
        const asked = performance.now()
        if (await work(caller)) times.push(performance.now() - asked)
        else failed += 1
      }
    }),
  )
  const elapsed = (performance.now() - begun) / 1000
  times.sort((a, b) => a - b)
  return {
    perSecond: times.length / elapsed,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    done: times.length,
    failed,
  }
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** A process and everything below it, from /proc (Linux). */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const fields = /^\d+$/.test(entry) ? statOf(Number(entry)) : undefined
    if (fields) children.set(Number(fields[1]), [...(children.get(Number(fields[1])) ?? []), Number(entry)])
  }
  const family = [pid]
  for (let index = 0; index < family.length; index += 1) family.push(...(children.get(family[index] as number) ?? []))
  return family
}

/** Milliseconds of CPU the processes have used so far, those that ended in between not counted. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = statOf(pid)
    return fields ? sum + (Number(fields[11]) + Number(fields[12])) * 10 : sum
  }, 0)
}

/** The same by what they do: HTTP processes, the background process, the database. */
export function cpuByPart(pids: readonly number[]): CpuByPart {
  const parts = { http: 0, background: 0, postgres: 0 }
  for (const pid of pids) parts[partOf(pid)] += cpuMsOf([pid])
  return parts
}

function partOf(pid: number): keyof CpuByPart {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    if (command.includes('postgres')) return 'postgres'
    return / background\b/.test(command) ? 'background' : 'http'
  } catch {
    return 'http'
  }
}

/**
 * Resident memory of the Node processes among them, in MB: as summed up (`rss`), and with what is mapped from files counted once
 * (`taken`), because the processes share those pages: Node's own program, 58 MB.
 */
export function nodeMemoryMb(pids: readonly number[]): { readonly rss: number; readonly taken: number } {
  let own = 0
  const mapped: number[] = [0]
  for (const pid of pids) {
    try {
      if (
        !/node/.test(readFileSync(`/proc/${pid}/comm`, 'utf8')) &&
        !/node/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '')
      )
        continue
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
      own += kilobytes('RssAnon') + kilobytes('RssShmem')
      mapped.push(kilobytes('RssFile'))
    } catch {
      // it ended meanwhile
    }
  }
  const megabytes = (kilobytes: number) => Math.round(kilobytes / 102.4) / 10
  return { rss: megabytes(own + mapped.reduce((sum, each) => sum + each)), taken: megabytes(own + Math.max(...mapped)) }
}

/** Fields of /proc/PID/stat from the state on: [0] state, [1] parent, [11] user ticks, [12] system ticks. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

export function summarize(
  name: string,
  connections: number,
  rounds: readonly (Round & { cpuMs?: number; statements?: number; limit?: number | null })[],
  extra: Partial<Measurement> = {},
): Measurement {
  const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick))
  const optional = (pick: (round: (typeof rounds)[number]) => number | null | undefined) => {
    const values = rounds.map(pick).filter((value) => value !== null && value !== undefined)
    return values.length > 0 ? median(values) : null
  }
  const perSecond = of((round) => round.perSecond)
  const limit = optional((round) => round.limit)
  const two = (value: number) => Math.round(value * 100) / 100
  return {
    name,
    connections,
    perSecond: two(perSecond),
    p50Ms: two(of((round) => round.p50Ms)),
    p99Ms: two(of((round) => round.p99Ms)),
    cpuMsPerRequest: round3(optional(({ cpuMs, done }) => (cpuMs === undefined ? null : cpuMs / Math.max(1, done)))),
    statementsPerRequest: round3(
      optional(({ statements, done }) => (statements === undefined ? null : statements / Math.max(1, done))),
    ),
    limitPerSecond: limit === null ? null : two(limit),
    ratio: round3(
      optional((round) => (round.limit === null || round.limit === undefined ? null : round.perSecond / round.limit)),
    ),
    rounds: rounds.length,
    spread: [two(Math.min(...rounds.map((round) => round.perSecond))), two(Math.max(...rounds.map((round) => round.perSecond)))],
    failed: rounds.reduce((sum, round) => sum + round.failed, 0),
    ...extra,
  }
}

function round3(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000
}
