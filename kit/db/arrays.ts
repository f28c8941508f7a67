import type { PostgresType } from 'postgres'

/*
 * Array columns and parameters. postgres.js would ask each new connection for the array types of the database; when a
 * connection dies during that question, 3.4.9 ends the process. The built-in types never change, so they stand here.
 * Arrays of enums or composites arrive as text; cast them (`::text[]`).
 */

interface ElementType {
  element: number
  array: number
  parse: (text: string) => unknown
}

const asText = (text: string) => text
const elementTypes: readonly ElementType[] = [
  { element: 16, array: 1000, parse: (text) => text === 't' },
  { element: 17, array: 1001, parse: (text) => Buffer.from(text.slice(2), 'hex') },
  { element: 19, array: 1003, parse: asText },
  { element: 20, array: 1016, parse: BigInt },
  { element: 21, array: 1005, parse: Number },
  { element: 23, array: 1007, parse: Number },
  { element: 25, array: 1009, parse: asText },
  { element: 26, array: 1028, parse: Number },
  { element: 114, array: 199, parse: (text) => JSON.parse(text) },
  { element: 700, array: 1021, parse: Number },
  { element: 701, array: 1022, parse: Number },
  { element: 1042, array: 1014, parse: asText },
  { element: 1043, array: 1015, parse: asText },
  { element: 1082, array: 1182, parse: (text) => new Date(text) },
  { element: 1083, array: 1183, parse: asText },
  { element: 1114, array: 1115, parse: (text) => new Date(text) },
  { element: 1184, array: 1185, parse: (text) => new Date(text) },
  { element: 1186, array: 1187, parse: asText },
  { element: 1700, array: 1231, parse: asText },
  { element: 2950, array: 2951, parse: asText },
  { element: 3802, array: 3807, parse: (text) => JSON.parse(text) },
]

/** For the `types` option of postgres.js. */
export const arrayTypes: Record<string, PostgresType> = Object.fromEntries(
  elementTypes.map(({ element, array, parse }) => [
    `array${array}`,
    {
      to: array,
      from: [array],
      parse: (text: string) => parseArray(text, parse),
      serialize: (value: unknown) => serializeArray(value, element === 114 || element === 3802),
    },
  ]),
)

/** Element type → array type, where `sql.array(values, elementType)` looks it up. */
export const arrayTypeOf: Record<number, number> = Object.fromEntries(elementTypes.map(({ element, array }) => [element, array]))

/** PostgreSQL's text form: `{1,NULL,"a \"quoted\" one"}`, nested for more dimensions. */
export function parseArray(text: string, parse: (text: string) => unknown): unknown[] {
  // a lower bound other than 1 is written in front: [0:2]={…}
  let at = text.indexOf('{')
  const list = (): unknown[] => {
    const items: unknown[] = []
    at++
    while (text[at] !== '}') {
      if (text[at] === ',') at++
      else if (text[at] === '{') items.push(list())
      else items.push(item())
    }
    at++
    return items
  }
  const item = (): unknown => {
    if (text[at] !== '"') {
      const start = at
      while (text[at] !== ',' && text[at] !== '}') at++
      const word = text.slice(start, at)
      return word === 'NULL' ? null : parse(word)
    }
    let word = ''
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === '\\') at++
      word += text[at]
    }
    at++
    return parse(word)
  }
  return list()
}

/** A string is taken for the finished text form. */
function serializeArray(value: unknown, json: boolean): string {
  if (!Array.isArray(value)) return String(value)
  const items = value.map((item) => {
    if (Array.isArray(item) && !json) return serializeArray(item, json)
    if (item === null || item === undefined) return 'NULL'
    return `"${textOf(item, json).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  })
  return `{${items.join(',')}}`
}

function textOf(item: unknown, json: boolean): string {
  if (json) return JSON.stringify(item)
  if (item instanceof Date) return item.toISOString()
  if (item instanceof Uint8Array) return `\\x${Buffer.from(item).toString('hex')}`
  return String(item)
}
