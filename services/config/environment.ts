import { type Cipher, PREFIX } from './cipher.ts'
import { holds, parseFile, type Property, type Value } from './parse-files.ts'
import type { Snapshot } from './repository.ts'

export interface Source {
  /** after its file: clients tell by the name which profile it is for */
  readonly name: string
  readonly properties: ReadonlyMap<string, Property>
}

export interface Asked {
  readonly applications: readonly string[]
  readonly profiles: readonly string[]
}

const SHARED = 'application'
const ENDINGS = ['properties', 'yml', 'yaml']

/**
 * The sources of an environment, the first wins: files for a profile before those for all, the application's before the shared ones, later documents of a file
 * before earlier ones.
 */
export async function sourcesOf(snapshot: Snapshot, asked: Asked, searchPaths: readonly string[]): Promise<Source[]> {
  const applications = [...new Set([...asked.applications.filter((name) => name !== SHARED).toReversed(), SHARED])]
  const profiles = asked.profiles.filter((profile) => profile !== 'default').toReversed()
  const bases = [...profiles.flatMap((profile) => applications.map((name) => `${name}-${profile}`)), ...applications]
  const folders = foldersOf(searchPaths, applications)
  const sources: Source[] = []
  for (const base of bases) {
    for (const folder of folders) {
      for (const ending of ENDINGS) {
        const path = `${folder}${base}.${ending}`
        const content = await snapshot.read(path)
        if (!content) continue
        const documents = parseFile(path, content.toString('utf8'))
        const nameOf = (index: number) => (documents.length > 1 ? `souk:${path} (document #${index})` : `souk:${path}`)
        const active = documents
          .map(({ onProfile, properties }, index) => ({ onProfile, source: { name: nameOf(index), properties } }))
          .filter(({ onProfile }) => onProfile === undefined || holds(onProfile, asked.profiles))
        sources.push(...active.toReversed().map(({ source }) => source))
      }
    }
  }
  return sources
}

function foldersOf(searchPaths: readonly string[], applications: readonly string[]): string[] {
  const named = searchPaths.flatMap((path) =>
    path.includes('{application}') ? applications.map((name) => path.replaceAll('{application}', name)) : [path],
  )
  return [...named.toReversed().map((path) => `${path.replace(/^\/+|\/+$/g, '')}/`), '']
}

/** Values as they are sent: decrypted, and those that cannot be are named but not sent. */
export function readable(
  { properties }: Source,
  cipher: Cipher,
): Map<string, Property | { readonly value: Value; readonly origin: undefined }> {
  const result = new Map<string, Property | { readonly value: Value; readonly origin: undefined }>()
  for (const [key, property] of properties) {
    const { value } = property
    if (typeof value !== 'string' || !value.startsWith(PREFIX)) {
      result.set(key, property)
      continue
    }
    try {
      result.set(key, { value: cipher.decrypt(value), origin: undefined })
    } catch {
      // A client that gets a cipher text does not start.
      result.set(`invalid.${key}`, { value: '<n/a>', origin: undefined })
    }
  }
  return result
}

/** One value for each key. A list comes as a whole from the first source that has it. */
export function merge(sources: readonly ReadonlyMap<string, { readonly value: Value }>[]): Map<string, Value> {
  const merged = new Map<string, Value>()
  for (const source of sources) {
    const lists = new Set<string>()
    for (const key of merged.keys()) for (const list of listsOf(key)) lists.add(list)
    for (const [key, { value }] of source)
      if (!merged.has(key) && !listsOf(key).some((list) => lists.has(list))) merged.set(key, value)
  }
  return merged
}

const listsOf = (key: string): string[] => [...key.matchAll(/\[/g)].map(({ index }) => key.slice(0, index))

/** `${other.key}` and `${other.key:otherwise}` become what they name; what names nothing stays. */
export function resolve(merged: ReadonlyMap<string, Value>): Map<string, Value> {
  return new Map([...merged].map(([key, value]) => [key, typeof value === 'string' ? resolveText(value, merged) : value]))
}

export function resolveText(text: string, merged: ReadonlyMap<string, Value>, depth = 0): string {
  if (depth > 10) return text
  return text.replaceAll(/\$\{([^${}:]+)(?::([^${}]*))?\}/g, (whole, name: string, otherwise: string | undefined) => {
    const found = merged.get(name.trim()) ?? otherwise
    return found === undefined ? whole : resolveText(String(found), merged, depth + 1)
  })
}
