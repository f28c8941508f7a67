import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { eventually } from '#kit/testing/eventually.ts'
import type { Order } from '../../../apps/souk/platform/strike.ts'
import { type ChaosShop, openChaosShop } from '../chaos-shop.ts'
import { openDesk } from '../desk.ts'
import { killPoints, ONLY_WITH_CDC } from '../kill-point-list.ts'
import {
  type Cell,
  coverageOf,
  type Fault,
  faults,
  keepMatrix,
  type Matrix,
  openMatrix,
  reasonFor,
  tableOf,
} from '../kill-point-matrix.ts'
import { childrenOf, signal, statusOf } from '#kit/testing/processes.ts'
import { CONVERGE_MS, openRush } from '../runs.ts'
import type { Finding, Scenario, ScenarioOptions } from '../scenario.ts'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const folder = fileURLToPath(new URL('../../../reports/reliability/', import.meta.url))

/** How long the crowd may take to come by a point. Some are passed by a job only, or after a timeout of a payment. */
const REACH_MS = 45_000
const FROZEN_MS = 5000

/** Every named boundary × every fault, one after the other, in a shop that is busy all the time. */
export const scenario: Scenario = {
  summary: 'every kill point × {SIGKILL, SIGSTOP 5 s, an error, connections reset}; --trials limits how many, picked by the seed',
  trials: 1000,
  shortTrials: 8,
  async *run(options) {
    const all = await killPoints()
    const matrix = openMatrix(all, options.add)
    const missing = all.flatMap((point) =>
      faults.filter((fault) => matrix[point]![fault] !== 'struck').map((fault) => ({ point, fault })),
    )
    // first those that nobody has tried yet, last those that nobody is expected to come by
    const rank = ({ point, fault }: { point: string; fault: Fault }) =>
      reasonFor(point) ? 2 : matrix[point]![fault] === undefined ? 0 : 1
    const chosen = shuffled(missing, options)
      .sort((one, other) => rank(one) - rank(other))
      .slice(0, options.trials)
    const findings: Finding[] = []
    for (const strategy of ['relay', 'cdc'] as const) {
      const mine = chosen.filter(({ point }) => ONLY_WITH_CDC.test(point) === (strategy === 'cdc'))
      if (mine.length === 0) continue
      for await (const finding of strikeAll(strategy, mine, matrix, options)) findings.push(finding)
    }
    keepMatrix(matrix)
    const { cells, struck, explained, open } = coverageOf(matrix)
    const { length } = chosen.filter(({ point, fault }) => matrix[point]![fault] !== 'not reached')
    if (options.add) options.note(`\n${tableOf(matrix)}`)
    yield {
      id: 'kill-points',
      fault: 'F1 F11 F3',
      trials: length,
      violations: 0,
      note: `${struck} of ${cells} cells struck, ${explained} explained, ${open.length} open; matrix in reports/reliability/kill-points-matrix.md`,
    }
    yield* findings
  },
}

async function* strikeAll(
  strategy: 'relay' | 'cdc',
  strikes: readonly { point: string; fault: Fault }[],
  matrix: Matrix,
  options: ScenarioOptions,
): AsyncIterable<Finding> {
  const file = join(folder, `.strike-${process.pid}-${strategy}`)
  mkdirSync(folder, { recursive: true })
  const shop = await openChaosShop({ environment: { SOUK_KILLPOINTS: file, EVENTS_STRATEGY: strategy, ROW_CHANGES: 'on' } })
  try {
    const rush = await openRush(shop, options)
    const desk = await openDesk(shop, rush.staffToken, options.random)
    const crashes: string[] = []
    for (const [index, { point, fault }] of strikes.entries()) {
      desk.prefer(point)
      const cell = await strike(shop, file, { id: `${index}`, point, fault })
      matrix[point]![fault] = cell
      if (cell === 'crashed') crashes.push(`${fault} at ${point}: ${shop.log().slice(-4).join(' ').slice(0, 600)}`)
      options.note(`${index + 1} of ${strikes.length} (${strategy}): ${fault} at ${point}: ${cell}`)
    }
    const struck = strikes.filter(({ point, fault }) => matrix[point]![fault] !== 'not reached').length
    yield {
      id: 'process',
      fault: `F1 F3 (${strategy})`,
      trials: struck,
      violations: crashes.length,
      examples: crashes,
      note: 'no process ends because one piece of work failed or a connection was reset',
    }
    await desk.leave()
    yield* rush.judge(`kill points (${strategy})`, struck)
  } finally {
    await shop.close()
    for (const rest of ['', '.seen']) rmSync(`${file}${rest}`, { force: true })
  }
}

/** Arms a point, waits until somebody came by, and sees to it that the shop goes on. */
async function strike(shop: ChaosShop, file: string, order: Order): Promise<Cell> {
  const taken = `${file}.${order.id}`
  const before = [shop.shop.pid, shop.backgroundPid()]
  writeFileSync(`${file}.new`, JSON.stringify(order))
  renameSync(`${file}.new`, file)
  const reached = await eventually(
    () => {
      if (!existsSync(taken)) throw new Error('nobody came by')
      return true
    },
    { timeoutMs: REACH_MS, everyMs: 5 },
  ).catch(() => false)
  if (!reached) {
    // Somebody may come by at this very moment: then it counts.
    rmSync(file, { force: true })
    if (!existsSync(taken)) return 'not reached'
  }
  rmSync(taken, { force: true })
  if (order.fault === 'kill') await eventually(() => expectDead(before), { timeoutMs: 10_000 })
  if (order.fault === 'stop') await wake(shop)
  const crashed = await bringBack(shop)
  return crashed && order.fault !== 'kill' ? 'crashed' : 'struck'
}

/** Starts the shop again if its HTTP process is gone, and answers whether it was. */
async function bringBack(shop: ChaosShop): Promise<boolean> {
  let gone = false
  await eventually(
    async () => {
      const state = statusOf(shop.shop.pid)?.state
      if (state === undefined || state === 'Z') {
        gone = true
        await shop.killMain()
      }
      await shop.healthy(500)
      if (shop.backgroundPid() === undefined) throw new Error('no background process')
    },
    { timeoutMs: CONVERGE_MS, everyMs: 50 },
  )
  return gone
}

function expectDead(pids: readonly (number | undefined)[]): void {
  const states = pids.map((pid) => (pid === undefined ? undefined : statusOf(pid)?.state))
  if (states.every((state) => state !== undefined && state !== 'Z')) throw new Error('the struck process still runs')
}

async function wake(shop: ChaosShop): Promise<void> {
  // A busy machine takes its time between the order and the stop: nobody must be left behind asleep.
  const stopped = await eventually(
    () => {
      const pids = [shop.shop.pid, ...childrenOf(shop.shop.pid)].filter((pid) => statusOf(pid)?.state === 'T')
      if (pids.length === 0) throw new Error('nobody has stopped yet')
      return pids
    },
    { timeoutMs: CONVERGE_MS, everyMs: 20 },
  )
  await delay(FROZEN_MS)
  for (const pid of stopped) signal(pid, 'SIGCONT')
}

function shuffled<T>(items: readonly T[], { random }: ScenarioOptions): T[] {
  const mixed = [...items]
  for (let index = mixed.length - 1; index > 0; index -= 1) {
    const other = random.between(0, index)
    ;[mixed[index], mixed[other]] = [mixed[other]!, mixed[index]!]
  }
  return mixed
}
