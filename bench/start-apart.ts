/**
 * Starts of the whole shop, its memory and what it does while nobody asks, in one process, in three and apart: `npm run bench -- start-apart [LAYOUT,…]
 * [--json] [--write]`. `first` is the first start of all, with databases, migrations and topics; `again` the next ones on the same data, from the spawn until every
 * process takes requests. Memory and CPU are those of the last start, after a rest.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { openShop, type Shop } from '../tests/e2e/shop.ts'
import { keepRows, table, writeBetween } from './docs-page.ts'
import { type Layout, launchOf, layoutsOf } from './layouts.ts'
import { type MeasureOptions, median } from './measure.ts'
import { cpuByName, type Memory, memoryOf, nodesOf, since } from './processes-of.ts'

export interface Row {
  readonly name: string
  readonly engines: readonly string[]
  readonly firstMs: number
  /** undefined: it was started once */
  readonly againMs: number | undefined
  readonly starts: number
  readonly processes: number
  readonly memory: Memory
  readonly each: Readonly<Record<string, Memory>>
  /** of a core, in per cent, while nobody asks for anything */
  readonly idleCpu: number
  readonly idleCpuOf: Readonly<Record<string, number>>
}

/** After a start caches are filled, connections opened, and what was loaded is collected. */
const SETTLE_MS = 10_000
const IDLE_MS = 20_000

export async function* measure({ flow, rounds }: MeasureOptions): AsyncGenerator<Row> {
  for (const layoutOf of layoutsOf(flow)) yield await startsOf(layoutOf(), rounds)
}

async function startsOf(layout: Layout, rounds: number): Promise<Row> {
  const parent = await shopFolder('start-apart')
  let shop: Shop | undefined
  try {
    const begun = performance.now()
    const settings = { SOUK_DIR: join(parent, 'souk'), LOG_LEVEL: 'error', WEB_PAGES: 'false', TRACES_KEPT: '0' }
    shop = await openShop({ ...settings, ...layout.environment }, undefined, launchOf(layout))
    const firstMs = performance.now() - begun
    const again: number[] = []
    while (again.length < rounds) {
      await shop.stop()
      const asked = performance.now()
      await shop.start()
      again.push(performance.now() - asked)
    }
    return {
      ...(await idleOf(shop, layout)),
      firstMs: Math.round(firstMs),
      againMs: Math.round(median(again)),
      starts: again.length,
    }
  } finally {
    await shop?.remove()
    await rm(parent, { recursive: true, force: true })
  }
}

/** What a shop uses that nobody asks for anything. */
export async function idleOf(shop: Shop, layout: Layout): Promise<Omit<Row, 'firstMs' | 'againMs' | 'starts'>> {
  await delay(SETTLE_MS)
  const before = cpuByName(shop, layout.engines)
  await delay(IDLE_MS)
  const idle = [...since(before, cpuByName(shop, layout.engines))].map(
    ([name, ms]) => [name, tenth((ms / IDLE_MS) * 100)] as const,
  )
  const each = [...nodesOf(shop)].map(([name, pid]) => [name, memoryOf(pid)] as const)
  const sum = (of: keyof Memory) => tenth(each.reduce((total, [, memory]) => total + memory[of], 0))
  return {
    name: layout.name,
    engines: layout.engines,
    processes: each.length,
    memory: { rssMb: sum('rssMb'), pssMb: sum('pssMb'), ownMb: sum('ownMb') },
    each: Object.fromEntries(each),
    idleCpu: tenth(idle.reduce((total, [, share]) => total + share, 0)),
    idleCpuOf: Object.fromEntries(idle),
  }
}

const tenth = (value: number) => Math.round(value * 10) / 10

/** The tables in docs/performance.md: the layouts, and the processes of the last one. */
export function write(measured: readonly Row[], { commit }: { commit: string }): void {
  const rows = keepRows('start-apart', measured, ({ name }) => name)
  const three = ({ rssMb, pssMb, ownMb }: Memory) => [rssMb, pssMb, ownMb].map((mb) => `${mb.toFixed(0)} MB`)
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const largest = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .slice(0, 5)
      .map(([name, share]) => `${name} ${share}`)
      .join(', ')
  const whole = table(
    ['layout', 'processes', 'first start', 'again', 'resident', 'shared out', 'own', 'idle, % of a core', 'of that'],
    rows.map((row) => [
      row.name,
      row.processes,
      seconds(row.firstMs),
      row.againMs === undefined ? '–' : seconds(row.againMs),
      ...three(row.memory),
      row.idleCpu,
      largest(row.idleCpuOf),
    ]),
  )
  const last = rows.at(-1)!
  const each = table(
    [`process, ${last.name}`, 'resident', 'shared out', 'own', 'idle, % of a core'],
    Object.entries(last.each).map(([name, memory]) => [name, ...three(memory), last.idleCpuOf[name] ?? 0]),
  )
  writeBetween('docs/performance.md', 'npm run bench -- start-apart --write', `${whole}\n\n${each}\n\nCommit ${commit}.`)
}
