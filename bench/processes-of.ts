/** Every process of a shop by name, from what it said when it was ready and from /proc: what each of them uses. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { commandOf } from '#kit/testing/processes.ts'
import type { Shop } from '../tests/e2e/shop.ts'
import { cpuMsOf, familyOf } from './measure.ts'

export interface Memory {
  /** resident, as `ps` shows it: pages that several processes share count for each of them */
  readonly rssMb: number
  /** shared pages shared out */
  readonly pssMb: number
  /** what would be free if this process ended */
  readonly ownMb: number
}

interface Ready {
  readonly pid: number
  readonly processes?: readonly { readonly name: string; readonly pid: number; readonly url: string }[]
}

/** The last one: a shop that was started again says it again. */
function readyOf(shop: Pick<Shop, 'output'>): Ready {
  const line = shop.output.findLast((text) => text.startsWith('{"ready":true'))
  if (line === undefined) throw new Error('the shop has not said that it is ready')
  return JSON.parse(line) as Ready
}

/** Where a service's own process listens; undefined where all run together. */
export const urlsOf = (shop: Pick<Shop, 'output'>): ReadonlyMap<string, string> =>
  new Map(readyOf(shop).processes?.map(({ name, url }) => [name, url]))

/** Node processes by name; the one that keeps the others of a stack is `stack`, the second process of a group `<name> background`. */
export function nodesOf(shop: Pick<Shop, 'output'>): Map<string, number> {
  const { pid, processes } = readyOf(shop)
  const roots = processes ?? [{ name: 'http', pid }]
  const nodes = new Map(processes ? [['stack', pid]] : [])
  for (const each of roots) {
    nodes.set(each.name, each.pid)
    const background = familyOf(each.pid).find((below) => / background\b/.test(commandOf(below)))
    if (background !== undefined) nodes.set(processes ? `${each.name} background` : 'background', background)
  }
  return nodes
}

/** Who listens on a port of this machine; nobody where the engine runs elsewhere. */
function listenerOn(port: number): number | undefined {
  const wanted = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
      readFileSync(table, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        // address of this side, state LISTEN, inode
        .filter(([, local = '', , state]) => state === '0A' && Number.parseInt(local.split(':')[1]!, 16) === port)
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  )
  const holds = (pid: string) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => wanted.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))
    } catch {
      // it ended meanwhile, or is another user's
      return false
    }
  }
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && holds(entry))
  return pid === undefined ? undefined : Number(pid)
}

const looked = new Map<string, number | undefined>()

/** The engine that a URL of the environment names, if it runs on this machine. */
function engineOf(variable: string): number | undefined {
  const url = process.env[variable]
  if (!looked.has(variable)) looked.set(variable, url ? listenerOn(Number(new URL(url).port)) : undefined)
  return looked.get(variable)
}

/** CPU so far, in milliseconds: each Node process, `postgres`, and those of its engines that run on this machine. */
export function cpuByName(shop: Pick<Shop, 'output' | 'pid'>, engines: readonly string[]): Map<string, number> {
  const nodes = nodesOf(shop)
  const used = new Map([...nodes].map(([name, pid]) => [name, cpuMsOf([pid])]))
  used.set('postgres', cpuMsOf(familyOf(shop.pid).filter((pid) => commandOf(pid).includes('postgres'))))
  for (const [name, variable] of [
    ['kafka', 'KAFKA_URL'],
    ['redis', 'REDIS_URL'],
  ] as const) {
    const pid = engines.includes(name) ? engineOf(variable) : undefined
    if (pid !== undefined) used.set(name, cpuMsOf([pid]))
  }
  return used
}

/** What each has used since, in milliseconds; those that used nothing are left out. */
export function since(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(
    [...now]
      .map(([name, ms]): [string, number] => [name, ms - (before.get(name) ?? 0)])
      .filter(([, ms]) => ms > 0)
      .sort(([, a], [, b]) => b - a),
  )
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const mb = (...names: string[]) =>
    names.reduce((sum, name) => sum + Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0), 0) / 1024
  return { rssMb: mb('Rss'), pssMb: mb('Pss'), ownMb: mb('Private_Clean', 'Private_Dirty') }
}
