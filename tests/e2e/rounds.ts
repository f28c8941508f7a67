import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { sharedSettings } from './shared-shop.ts'
import type { Topology } from './topology.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Stands in a file that starts processes in a way of its own: it says the same in every topology, and runs in the first. */
const OWN = '// topology: its own'

export type Strategy = 'relay' | 'cdc'

/** Files that run after each other, with one strategy of events. */
export interface Round {
  readonly events: Strategy
  readonly files: readonly string[]
  /** the shop that those of them share that want it, on a split shop */
  readonly shared: keyof typeof sharedSettings | undefined
}

/**
 * The files whose path contains one of `names` (none: all), a round for each of the shared shops. `both`: the first round by relay, the second by CDC, so that
 * every topology has seen both.
 */
export async function roundsOf(topology: Topology, events: Strategy | 'both', names: readonly string[]): Promise<Round[]> {
  const files: { path: string; shop: keyof typeof sharedSettings }[] = []
  for (const path of await testFiles()) {
    const text = await readFile(join(root, path), 'utf8')
    if (names.length > 0 && !names.some((name) => path.includes(name))) continue
    if (topology !== 'together' && text.startsWith(OWN)) continue
    files.push({ path, shop: /import \{[^}]*\bquick\b[^}]*\} from '\.\/shared-shop\.ts'/.test(text) ? 'quick' : 'calm' })
  }
  const of = (shop: keyof typeof sharedSettings, strategy: Strategy): Round => ({
    events: strategy,
    files: files.filter((file) => file.shop === shop).map(({ path }) => path),
    shared: topology === 'together' ? undefined : shop,
  })
  const [first, second] = events === 'both' ? (['relay', 'cdc'] as const) : [events, events]
  const rounds = [of('calm', first), of('quick', second)].filter((round) => round.files.length > 0)
  // where each file has a shop to itself, there is no reason to begin twice
  if (topology !== 'together' || events === 'both') return rounds
  return files.length > 0 ? [{ events, files: files.map(({ path }) => path), shared: undefined }] : []
}

async function testFiles(): Promise<string[]> {
  const folders = ['tests/e2e', 'tests/chaos']
  const found = await Promise.all(
    folders.map(async (folder) => (await readdir(join(root, folder))).map((name) => `${folder}/${name}`)),
  )
  return found
    .flat()
    .filter((path) => path.endsWith('.e2e.test.ts'))
    .sort()
}
