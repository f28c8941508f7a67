/** What a CPU profile says: shares of the time a process was busy, by area and by function. */
import { fileURLToPath } from 'node:url'

/** A .cpuprofile, the part that is read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** microseconds before each sample */
  readonly timeDeltas: readonly number[]
}

export interface Share {
  readonly name: string
  /** of the busy time, 0–1 */
  readonly share: number
}

export interface Busy {
  readonly busyMs: number
  readonly areas: readonly Share[]
  readonly functions: readonly Share[]
}

const root = fileURLToPath(new URL('../', import.meta.url))
/** Functions of Node that hand bytes to the system. */
const WRITES = new Set(['writev', 'writeBuffer', 'writeUtf8String', 'writeLatin1String', 'writeAsciiString', 'writeUcs2String'])
/** An area in rows of a table has to be worth one. */
const SMALLEST = 0.005

/** Time a function spent itself, without those it called; the profiles of several processes count as one. */
export function busyOf(profiles: readonly CpuProfile[]): Busy {
  const areas = new Map<string, number>()
  const functions = new Map<string, number>()
  const add = (sums: Map<string, number>, name: string, ms: number) => sums.set(name, (sums.get(name) ?? 0) + ms)
  let busyMs = 0
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
    for (const [index, id] of samples.entries()) {
      const frame = frames.get(id)!
      if (frame.functionName === '(idle)' || isProfiler(frame)) continue
      // A sample stands for the time until the next one.
      const ms = (timeDeltas[index + 1] ?? 0) / 1000
      busyMs += ms
      const area = areaOf(frame)
      add(areas, area, ms)
      add(functions, area === frame.functionName ? area : `${frame.functionName || 'anonymous'} (${placeOf(frame, area)})`, ms)
    }
  }
  const shares = (sums: Map<string, number>) =>
    [...sums]
      .map(([name, ms]) => ({ name, share: Math.round((ms / busyMs) * 1000) / 1000 }))
      .filter(({ share }) => share >= SMALLEST)
      .sort((a, b) => b.share - a.share)
  return { busyMs: Math.round(busyMs), areas: shares(areas), functions: shares(functions) }
}

/** Beginning a profile takes a while itself. */
const isProfiler = ({ functionName, url }: Frame): boolean =>
  url === 'node:inspector' || url.endsWith('/bench/profiled.ts') || (functionName === 'post' && url === '')

type Frame = CpuProfile['nodes'][number]['callFrame']

/** Where the time belongs: writing to sockets, garbage collection, a package, or a folder of ours. */
function areaOf({ functionName, url }: Frame): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (WRITES.has(functionName)) return 'writes to sockets'
  const inPackages = url.lastIndexOf('node_modules/')
  if (inPackages >= 0) return /^(@[^/]+\/)?[^/]+/.exec(url.slice(inPackages + 'node_modules/'.length))![0]
  const ours = pathOf(url)
  if (ours !== undefined) return ours.split('/').slice(0, 2).join('/')
  return functionName === '(program)' ? 'native code' : 'Node'
}

function placeOf({ url, lineNumber }: Frame, area: string): string {
  const ours = pathOf(url)
  return ours === undefined || area === 'writes to sockets' ? area : `${ours}:${lineNumber + 1}`
}

function pathOf(url: string): string | undefined {
  if (!url.startsWith('file:') || url.includes('node_modules/')) return undefined
  const path = fileURLToPath(url)
  return path.startsWith(root) ? path.slice(root.length) : undefined
}
