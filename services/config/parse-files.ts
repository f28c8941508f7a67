import { Pair, parseLines } from 'dot-properties'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Document, parseAllDocuments, type ParsedNode } from 'yaml'
import { errors } from './errors.ts'

export type Value = string | number | boolean

export interface Property {
  readonly value: Value
  /** `line:column` of the value in its file */
  readonly origin: string
}

/** A document of a file: flat keys, dots for nesting, `[0]` for lists. */
export interface PropertyDocument {
  /** profile expressions of which one must hold; undefined: it always counts */
  readonly onProfile: string | undefined
  readonly properties: ReadonlyMap<string, Property>
}

const MOST_KEYS = 10_000
const MOST_DEPTH = 50
/** These say when a document counts; they are no configuration. */
const ACTIVATIONS = ['spring.config.activate.on-profile', 'spring.profiles']

/** The documents of a .yml, .yaml or .properties file, in the order they stand. Throws `config/invalid-file`. */
export function parseFile(name: string, text: string): PropertyDocument[] {
  const flat = name.endsWith('.properties') ? [readProperties(text)] : readYaml(name, text)
  return flat.map((properties) => {
    const expressions = [...properties].filter(([key]) => ACTIVATIONS.some((one) => key === one || key.startsWith(`${one}[`)))
    for (const [key] of expressions) properties.delete(key)
    return {
      onProfile: expressions.length === 0 ? undefined : expressions.map(([, { value }]) => String(value)).join(','),
      properties,
    }
  })
}

function readProperties(text: string): Map<string, Property> {
  const positionOf = positions(text)
  const properties = new Map<string, Property>()
  for (const line of parseLines(text, true)) {
    if (!(line instanceof Pair)) continue
    properties.set(line.key, { value: line.value ?? '', origin: positionOf(line.range?.[2] ?? 0) })
  }
  return properties
}

function positions(text: string): (offset: number) => string {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset)
    return `${line + 1}:${offset - (starts[line] as number) + 1}`
  }
}

function readYaml(name: string, text: string): Map<string, Property>[] {
  const lines = new LineCounter()
  // 1.1 and its merge keys: what SnakeYAML reads.
  const documents = parseAllDocuments(text, { lineCounter: lines, version: '1.1', merge: true })
  if (!Array.isArray(documents)) return []
  return documents.map((document) => {
    const [broken] = document.errors
    if (broken) throw errors.invalidFile({ file: name, problem: broken.message.split('\n')[0] })
    const properties = new Map<string, Property>()
    flatten({ name, document, lines, properties }, '', document.contents, 0)
    return properties
  })
}

interface Flattening {
  readonly name: string
  readonly document: Document
  readonly lines: LineCounter
  readonly properties: Map<string, Property>
}

function flatten(into: Flattening, key: string, given: unknown, depth: number): void {
  const { name, document, lines, properties } = into
  // Anchors can make a small file endless.
  if (depth > MOST_DEPTH || properties.size > MOST_KEYS)
    throw errors.invalidFile({ file: name, problem: 'too deep, or too many values' })
  const node = isAlias(given) ? given.resolve(document) : (given as ParsedNode | null)
  const put = (value: Value) => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0)
    if (key !== '' && !properties.has(key)) properties.set(key, { value, origin: `${line}:${col}` })
  }
  if (isMap(node)) {
    // What stands in the map itself wins over what is merged into it.
    const merges = node.items.filter(({ key: own }) => String(own) === '<<')
    for (const item of node.items)
      if (!merges.includes(item))
        flatten(into, key === '' ? String(item.key) : `${key}.${String(item.key)}`, item.value, depth + 1)
    for (const { value } of merges) {
      const source = isAlias(value) ? value.resolve(document) : value
      for (const one of isSeq(source) ? source.items : [source]) flatten(into, key, one, depth + 1)
    }
    if (node.items.length === 0) put('')
  } else if (isSeq(node)) {
    node.items.forEach((item, index) => {
      flatten(into, `${key}[${index}]`, item, depth + 1)
    })
    if (node.items.length === 0) put('')
  } else if (isScalar(node)) {
    const { value, source } = node
    put(
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : value === null
          ? ''
          : (source ?? String(value)),
    )
  }
}

/** `dev`, `dev,uat`, `!prod`, `dev | uat`, `cloud & !prod`: whether one of them holds for the profiles. */
export function holds(expression: string, profiles: readonly string[]): boolean {
  return expression
    .split(/[,|]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .some((part) =>
      part.split('&').every((term) => {
        const name = term.replaceAll(/[()\s]/g, '')
        return name.startsWith('!') ? !profiles.includes(name.slice(1)) : profiles.includes(name)
      }),
    )
}
