import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadProcesses } from '../../apps/souk/load.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every `killpoint('…')` of the source, by its name. */
export function namesInSource(): Map<string, { file: string; detailed: boolean }[]> {
  const found = new Map<string, { file: string; detailed: boolean }[]>()
  for (const folder of ['kit', 'services', 'processes']) {
    for (const entry of readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts') || entry.endsWith('.test.ts')) continue
      const file = `${folder}/${entry}`
      for (const [, name, detail] of readFileSync(`${root}${file}`, 'utf8').matchAll(/\bkillpoint\('([^']+)'(, )?/g))
        found.set(name!, [...(found.get(name!) ?? []), { file, detailed: detail !== undefined }])
    }
  }
  return found
}

/** Commands of all flows, read from their definitions with clients that nobody calls. */
export async function commandsOfFlows(): Promise<string[]> {
  const nobody = new Proxy({}, { get: () => ({}) })
  const processes = await loadProcesses(new URL('../../', import.meta.url))
  return [...new Set(processes.flatMap((process) => Object.keys(process.perform(nobody))))].sort()
}

const ANSWERS_OF_A_KEY = ['free', 'stored']

/** Every point at which a process can be struck: the names of the source, with what tells apart the passers-by. */
export async function killPoints(): Promise<string[]> {
  const commands = await commandsOfFlows()
  return [...namesInSource()]
    .flatMap(([name, [first]]) => {
      if (!first!.detailed) return [name]
      const details = name.startsWith('process.') ? commands : ANSWERS_OF_A_KEY
      return details.map((detail) => `${name}:${detail}`)
    })
    .sort()
}

/** Where change data capture is chosen, these are passed, and the relay's are not. */
export const ONLY_WITH_CDC = /^cdc\.|^relay\.before-delete$/
