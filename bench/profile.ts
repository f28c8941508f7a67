/**
 * Where the time of a flow goes: `npm run bench -- profile [checkout|list|detail|cart|pages|apart] [--json] [--write] [--seconds N] [--connections 1,64]`.
 * For each kind of process the shares of its busy time by area and by function (V8's profiler, as with --cpu-prof), for PostgreSQL the statements that took longest.
 * Kept in reports/profile.json, the profiles themselves beside it for the developer tools of a browser; --write: the tables in docs/performance.md.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '#kit/testing/eventually.ts'
import { type BenchShop, openBenchShop } from './bench-shop.ts'
import { EDGE } from './browse.ts'
import { cartFlows } from './cart.ts'
import { checkout } from './checkout.ts'
import { page as detail } from './detail.ts'
import { commitOf, keepRows, table, writeBetween } from './docs-page.ts'
import { asking, type Driven, reading } from './driven.ts'
import { page as list } from './list.ts'
import { layoutsOf } from './layouts.ts'
import type { MeasureOptions } from './measure.ts'
import { WITH_PAGES, withCart } from './pages.ts'
import { cpuByName, since } from './processes-of.ts'
import { type Busy, busyOf, type CpuProfile } from './profile-areas.ts'
import { watchRest } from './rest-apart.ts'

interface Statement {
  readonly role: string
  /** what it does to what, in a few words */
  readonly about: string
  readonly sql: string
  /** a request of the flow */
  readonly calls: number
  readonly ms: number
}

export interface Profile {
  readonly name: string
  readonly connections: number
  readonly perSecond: number
  /** CPU a request; the profiler's own work is in it */
  readonly cpuMs: Readonly<Record<string, number>>
  /** `busyMs` a request, by the clock: where others want the cores, too, waiting for one is in it */
  readonly processes: Readonly<Record<string, Busy>>
  readonly statements: readonly Statement[]
  readonly commit: string
}

interface ProfiledFlow {
  readonly environment: Record<string, string>
  readonly of: (shop: BenchShop, options: MeasureOptions) => Promise<Driven[]>
  /** of more connections part would be refused */
  readonly most?: number
  /** default: that of `npm start`; of any other all Node processes count as one part, `services` */
  readonly layout?: string
}

const FLOWS: Record<string, ProfiledFlow> = {
  list: { environment: EDGE, of: async (shop) => [await reading(shop, list)] },
  detail: { environment: EDGE, of: async (shop) => [await reading(shop, detail)] },
  pages: { environment: { ...EDGE, ...WITH_PAGES }, of: async (shop) => [await reading(shop, withCart)], most: 16 },
  cart: {
    environment: {},
    of: async (shop, { connections }) =>
      (await cartFlows(shop, Math.max(16, ...connections)))
        .filter(({ name }) => name?.startsWith('show'))
        .map((flow) => asking(shop, flow)),
  },
  checkout: { environment: {}, of: async (shop) => [asking(shop, checkout(shop))] },
  apart: {
    environment: {},
    layout: 'apart',
    of: async (shop) => [asking(shop, checkout(shop, { name: 'whole checkout (3 lines), apart' }))],
  },
}

export async function* measure(options: MeasureOptions): AsyncGenerator<Profile> {
  const { flow } = options
  if (flow !== undefined && !(flow in FLOWS)) throw new Error(`no such flow: ${flow}; there are ${Object.keys(FLOWS).join(', ')}`)
  for (const [name, wanted] of Object.entries(FLOWS)) {
    if (flow !== undefined && name !== flow) continue
    const folder = await mkdtemp(join(tmpdir(), 'souk-profile-'))
    const environment = {
      ...wanted.environment,
      PROFILE_DIR: folder,
      NODE_OPTIONS: `--import=${new URL('./profiled.ts', import.meta.url)}`,
    }
    const layout = wanted.layout === undefined ? undefined : layoutsOf(wanted.layout)[0]!()
    const shop = await openBenchShop(1000, environment, { logToFile: true, ...(layout ? { layout } : {}) })
    const rest = layout && (await watchRest(shop))
    try {
      for (const each of await wanted.of(shop, options)) {
        const driven = rest ? { ...each, settle: rest.reached } : each
        await driven.drive(16, 3)
        await driven.settle?.()
        const counts = new Set(options.connections.map((count) => Math.min(count, wanted.most ?? count)))
        for (const connections of counts) yield await profile(shop, folder, driven, connections, options.seconds)
      }
    } finally {
      await rest?.close()
      await shop.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function profile(
  shop: BenchShop,
  folder: string,
  { name, drive, settle }: Driven,
  connections: number,
  seconds: number,
): Promise<Profile> {
  await shop.admin.sql`select pg_stat_statements_reset()`
  const before = cpuOf(shop)
  const pids = await signal(folder)
  const round = await drive(connections, seconds)
  // what an order sets off belongs to it
  await settle?.()
  const used = [...since(before, cpuOf(shop))].map(([part, ms]): [string, number] => [
    part,
    rounded(ms / Math.max(1, round.done)),
  ])
  const statements = await statementsOf(shop, round.done)
  await signal(folder)
  const profiles = Map.groupBy(await profilesOf(folder, pids, `${name} ${connections}`), ({ part }) => part)
  const row: Profile = {
    name,
    connections,
    perSecond: Math.round(round.perSecond),
    cpuMs: Object.fromEntries(used),
    processes: Object.fromEntries(
      [...profiles].map(([part, of]) => {
        const { busyMs, areas, functions } = busyOf(of)
        return [
          part,
          { busyMs: rounded(busyMs / Math.max(1, round.done)), areas: areas.slice(0, 12), functions: functions.slice(0, 12) },
        ]
      }),
    ),
    statements,
    commit: commitOf(),
  }
  keepRows('profile', [row], keyOf)
  return row
}

/** By part: see `layout`. */
function cpuOf(shop: BenchShop): Map<string, number> {
  if (shop.layout === undefined) return new Map(Object.entries(shop.cpuByPart()))
  const all = cpuByName(shop.shop, shop.layout.engines)
  const engines = new Map([...all].filter(([name]) => ['postgres', 'kafka', 'redis'].includes(name)))
  const services = [...all].reduce((sum, [name, ms]) => (engines.has(name) ? sum : sum + ms), 0)
  return engines.set('services', services)
}

/** Begins or ends the profiles of all processes that wait for it; their pids. */
async function signal(folder: string): Promise<string[]> {
  const alive: string[] = []
  for (const file of (await readdir(folder)).filter((each) => each.endsWith('.process'))) {
    const pid = file.replace('.process', '')
    try {
      process.kill(Number(pid), 'SIGUSR2')
      alive.push(pid)
    } catch {
      // it only helped the shop to start
    }
  }
  return alive
}

async function profilesOf(folder: string, pids: readonly string[], title: string): Promise<(CpuProfile & { part: string })[]> {
  const reports = fileURLToPath(new URL('../reports/profiles/', import.meta.url))
  await mkdir(reports, { recursive: true })
  return await Promise.all(
    pids.map(async (pid) => {
      const file = join(folder, `${pid}.cpuprofile`)
      const text = await eventually(() => readFile(file, 'utf8'), { timeoutMs: 60_000, everyMs: 100 })
      const command = await readFile(join(folder, `${pid}.process`), 'utf8')
      const part = command.startsWith('background') ? 'background' : /^(serve|stack) /.test(command) ? 'services' : 'http'
      await copyFile(file, join(reports, `${title} ${part} ${pid}.cpuprofile`.replaceAll(/[^\w.]+/g, '-')))
      await rm(file)
      return { ...(JSON.parse(text) as CpuProfile), part }
    }),
  )
}

async function statementsOf({ admin }: BenchShop, requests: number): Promise<Statement[]> {
  const rows = await admin.sql<{ role: string; sql: string; calls: number; ms: number }[]>`
    select replace(r.rolname, 'souk_', '') as role, regexp_replace(s.query, '\\s+', ' ', 'g') as sql,
           s.calls::float8 as calls, s.total_exec_time as ms
      from pg_stat_statements s join pg_roles r on r.oid = s.userid
     where r.rolname like 'souk\\_%' and r.rolname <> 'souk_admin'
     order by s.total_exec_time desc limit 12`
  const each = (total: number) => rounded(total / Math.max(1, requests))
  return rows.map(({ role, sql, calls, ms }) => ({
    role,
    about: aboutOf(sql),
    sql: sql.trim().slice(0, 120),
    calls: each(calls),
    ms: each(ms),
  }))
}

/** `insert mailbox`, `select place_orders`: the last verb that writes and the tables or functions named behind from, join, into and update. */
function aboutOf(sql: string): string {
  const text = sql.replaceAll(/set_config\([^)]*\)( as \w+)?,? ?/g, '')
  const own = new Set([...text.matchAll(/(\w+) as (?:(?:not )?materialized )?\(/g)].map(([, name]) => name))
  const named = [...text.matchAll(/\b(?:from|join|into|update|delete from) (?:only )?"?([a-z_]+)"?(?:\."?([a-z_]+)"?)?/g)]
    .map(([, first, second]) => second ?? first!)
    .filter((name) => !own.has(name) && !/^(select|lateral|unnest|jsonb?_\w+|pg_\w+|only|set)$/.test(name))
  const verb = /\b(insert|update|delete)\b/.exec(text)?.[1] ?? 'select'
  return [
    verb,
    [...new Set(named)].slice(0, 3).join(', ') ||
      text
        .trim()
        .replace(/^select /, '')
        .slice(0, 32),
  ].join(' ')
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000
const keyOf = ({ name, connections }: Profile) => `${name} ${connections}`

/** For people: the areas and functions of each kind of process, then the statements. */
export function text(row: Profile): string {
  const lines = [`${row.name}, ${row.connections} connections: ${row.perSecond} a second`]
  for (const [part, { busyMs, areas, functions }] of Object.entries(row.processes)) {
    lines.push(`  ${part}: busy ${busyMs} ms a request, ${row.cpuMs[part]} ms of CPU`)
    for (const shares of [areas, functions])
      lines.push(...shares.map(({ name, share }) => `    ${percent(share).padStart(5)}  ${name}`), '')
  }
  lines.push(`  postgres: ${row.cpuMs.postgres} ms of CPU a request`)
  lines.push(
    ...row.statements.map(({ role, about, sql, calls, ms }) => `    ${ms} ms, ${calls} calls  ${role}: ${about}: ${sql}`),
  )
  return lines.join('\n')
}

/** The tables in docs/performance.md: all flows that were profiled on this machine, with the commits. */
export function write(rows: readonly Profile[]): void {
  const all = keepRows('profile', rows, keyOf)
  const head = ['flow', 'connections', 'process', 'CPU a request, ms', 'what of', 'commit']
  writeBetween('docs/performance.md', 'npm run bench -- profile --write', table(head, all.flatMap(cellsOf)))
}

/** Shares below which the page says nothing: of a part in a request, of a statement in PostgreSQL. */
const LEAST_PART = 0.1
const LEAST_STATEMENT = 0.03

function cellsOf({ name, connections, cpuMs, processes, statements, commit }: Profile): (string | number)[][] {
  const least = LEAST_PART * Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0)
  const postgres = cpuMs['postgres'] ?? 0
  const spent: [part: string, on: string[]][] = [
    ...Object.entries(processes).map(([part, busy]): [string, string[]] => [part, spentOn(busy)]),
    [
      'postgres',
      statements
        .filter(({ ms }) => ms >= LEAST_STATEMENT * postgres)
        .map(({ role, about, ms, calls }) => `${role}: ${about} ${ms.toFixed(3)} ms (${calls.toFixed(2)} ×)`),
    ],
  ]
  return spent
    .map(([part, on]) => ({ part, on, ms: cpuMs[part] ?? 0 }))
    .filter(({ ms }) => ms >= least)
    .map(({ part, on, ms }) => [name, connections, part, ms.toFixed(2), on.slice(0, 6).join(', '), commit])
}

const spentOn = (busy: Busy | undefined) => (busy?.areas ?? []).map(({ name, share }) => `${name} ${percent(share)}`)
const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
