import { SaxesParser } from 'saxes'
import { errors as httpErrors } from '#kit/http/errors.ts'

type Node = { text: string; attributes: Record<string, string>; children: [string, Node][] }

const DEPTH = 12

/**
 * An XML document as the JSON that means the same: attributes are `@name`, text beside attributes is `$`. The parser knows no entities but
 * XML's own five, so nothing can grow or be fetched. Throws `http/malformed-request`.
 */
export function readXml(text: string): Record<string, unknown> {
  const parser = new SaxesParser()
  const root: Node = { text: '', attributes: {}, children: [] }
  const open: Node[] = [root]
  parser.on('error', (cause) => {
    throw httpErrors.malformedRequest({}, { cause })
  })
  parser.on('doctype', () => {
    throw httpErrors.malformedRequest()
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > DEPTH) throw httpErrors.malformedRequest()
    const node: Node = { text: '', attributes: attributes as Record<string, string>, children: [] }
    open.at(-1)!.children.push([name, node])
    open.push(node)
  })
  parser.on('text', (part) => {
    open.at(-1)!.text += part
  })
  parser.on('cdata', (part) => {
    open.at(-1)!.text += part
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(text).close()
  return plain(root) as Record<string, unknown>
}

function plain({ text, attributes, children }: Node): unknown {
  const named = Object.entries(attributes).map(([name, value]) => [`@${name}`, value] as const)
  if (children.length > 0) return Object.fromEntries([...named, ...children.map(([name, node]) => [name, plain(node)] as const)])
  const trimmed = text.trim()
  if (named.length === 0) return trimmed
  return Object.fromEntries([...named, ...(trimmed === '' ? [] : [['$', trimmed] as const])])
}

const NAME = /^[A-Za-z_][A-Za-z0-9._-]*$/
/** Fields whose name differs between the two forms. */
const XML_NAMES: Readonly<Record<string, string>> = { overriddenStatus: 'overriddenstatus' }

/** The XML form of a document of this protocol. Metadata whose name XML does not allow is left out. */
export function writeXml(document: Record<string, unknown>): string {
  return Object.entries(document)
    .map(([name, value]) => element(name, value))
    .join('')
}

function element(name: string, value: unknown): string {
  if (value === undefined || value === null || !NAME.test(name)) return ''
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('')
  const tag = XML_NAMES[name] ?? name
  if (typeof value !== 'object') return `<${tag}>${escaped(String(value))}</${tag}>`
  const entries = Object.entries(value)
  const attributes = entries
    .filter(([key]) => key.startsWith('@'))
    .map(([key, one]) => ` ${key.slice(1)}="${escaped(String(one))}"`)
  const text = entries.filter(([key]) => key === '$').map(([, one]) => escaped(String(one)))
  const children = entries.filter(([key]) => !key.startsWith('@') && key !== '$').map(([key, one]) => element(key, one))
  return `<${tag}${attributes.join('')}>${text.join('')}${children.join('')}</${tag}>`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Also for HTML. Characters that XML cannot hold are dropped. */
export const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (char) => ESCAPES[char] as string)
