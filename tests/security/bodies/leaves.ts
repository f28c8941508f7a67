import fc from 'fast-check'
import { fitting } from '../fuzz/arbitraries.ts'
import type { Schema } from '../fuzz/schema.ts'

export type Path = readonly (string | number)[]

/** Bodies that fit a schema and together have as many of its fields as can be; always the same ones. */
export function examplesOf(schema: Schema): unknown[] {
  const drawn = fc.sample(fitting(schema), { seed: 41, numRuns: 24 })
  const known = new Set<string>()
  return drawn.filter((value) => {
    const fresh = leavesOf(value).filter(({ path }) => !known.has(nameOf(path)))
    for (const { path } of fresh) known.add(nameOf(path))
    return fresh.length > 0 || (drawn.indexOf(value) === 0 && known.size === 0)
  })
}

/** `/lines/0/sku`; entries of one list are the same field. */
export const nameOf = (path: Path): string => path.map((part) => `/${typeof part === 'number' ? 0 : part}`).join('')

export interface Leaf {
  readonly path: Path
  readonly value: unknown
}

/** Texts, numbers and truth values of a body, wherever they stand. */
export function leavesOf(value: unknown, path: Path = []): Leaf[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((one, index) => leavesOf(one, [...path, index]))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, one]) => leavesOf(one, [...path, name]))
  return [{ path, value }]
}

/** Every object of a body, itself among them. */
export function objectsOf(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((one, index) => objectsOf(one, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return [path, ...Object.entries(value).flatMap(([name, one]) => objectsOf(one, [...path, name]))]
}

const MARK = '"@@here@@"'

/** The body as JSON text with `raw` at a place, whether `raw` is JSON or not. */
export function textWith(body: unknown, path: Path, raw: string): string {
  const put = (value: unknown, [first, ...rest]: Path): unknown => {
    if (first === undefined) return '@@here@@'
    if (Array.isArray(value)) return value.map((one, index) => (index === first ? put(one, rest) : one))
    return { ...(value as object), [first]: put((value as Record<string, unknown>)[first], rest) }
  }
  return JSON.stringify(put(body, path)).replace(MARK, () => raw)
}

/** The body as JSON text with one more field in one of its objects; also such that no object literal can have. */
export function textWithField(body: unknown, path: Path, name: string, raw: string): string {
  return textWith({ ...asObject(body) }, [...path, '@@field@@'], raw).replace('"@@field@@"', () => JSON.stringify(name))
}
const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})
