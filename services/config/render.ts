import { stringify } from 'yaml'
import type { Value } from './parse-files.ts'

type Nested = Value | Nested[] | { [key: string]: Nested }

export const FORMATS = ['yml', 'yaml', 'properties', 'json'] as const
export type Format = (typeof FORMATS)[number]

export function render(format: Format, merged: ReadonlyMap<string, Value>): string {
  if (format === 'properties') return propertiesText(merged)
  const tree = nest(merged)
  return format === 'json' ? JSON.stringify(tree) : stringify(tree)
}

/** `key: value` a line, sorted. */
function propertiesText(merged: ReadonlyMap<string, Value>): string {
  const oneLine = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return [...merged]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${oneLine(key).replaceAll(/[:= ]/g, '\\$&')}: ${oneLine(String(value))}\n`)
    .join('')
}

/** Flat keys as objects and lists. A key that is both a value and a beginning of others stays flat. */
export function nest(merged: ReadonlyMap<string, Value>): Nested {
  const root: { [key: string]: Nested } = Object.create(null)
  for (const [key, value] of merged) {
    const parts = key.split(/\.(?![^[]*\])/).flatMap((part) => partsOf(part))
    if (!put(root, parts, value)) root[key] = value
  }
  return root
}

function partsOf(part: string): (string | number)[] {
  const [, name = '', indexes = ''] = /^([^[]*)((?:\[\d{1,4}\])*)$/.exec(part) ?? [part, part]
  return [...(name === '' ? [] : [name]), ...[...indexes.matchAll(/\d+/g)].map(([index]) => Number(index))]
}

function put(root: { [key: string]: Nested }, parts: readonly (string | number)[], value: Value): boolean {
  // biome-ignore lint/suspicious/noExplicitAny: objects and lists alike
  let at: any = root
  for (const [depth, part] of parts.entries()) {
    const isList = Array.isArray(at)
    if ((typeof part === 'number') !== isList || part === '__proto__') return false
    if (depth === parts.length - 1) {
      if (at[part] !== undefined) return false
      at[part] = value
      return true
    }
    at[part] ??= typeof parts[depth + 1] === 'number' ? [] : Object.create(null)
    if (typeof at[part] !== 'object') return false
    at = at[part]
  }
  return false
}
