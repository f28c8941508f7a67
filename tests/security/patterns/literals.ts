import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSync } from '@swc/core'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Literal {
  readonly source: string
  readonly flags: string
  readonly files: readonly string[]
}

type Node = { readonly type?: string; readonly [key: string]: unknown }

/** Whether this text is compiled to a pattern: `new RegExp('…')`, or `pattern: '…'` of a schema. */
function* patternsIn(node: unknown): Iterable<{ source: string; flags: string }> {
  if (node === null || typeof node !== 'object') return
  const one = node as Node
  if (one.type === 'RegExpLiteral') yield { source: one['pattern'] as string, flags: (one['flags'] as string | undefined) ?? '' }
  if (one.type === 'NewExpression' && nameOf(one['callee']) === 'RegExp') {
    const [first, second] = ((one['arguments'] as { expression: Node }[] | null) ?? []).map(({ expression }) =>
      textOf(expression),
    )
    if (first !== undefined) yield { source: first, flags: second ?? '' }
  }
  if (one.type === 'KeyValueProperty' && nameOf(one['key']) === 'pattern') {
    const text = textOf(one['value'] as Node)
    // validators compile with `u`
    if (text !== undefined) yield { source: text, flags: 'u' }
  }
  for (const child of Object.values(one)) yield* patternsIn(child)
}
const nameOf = (node: unknown) => (node as { value?: string } | undefined)?.value
const textOf = (node: Node): string | undefined => (node.type === 'StringLiteral' ? (node['value'] as string) : undefined)

/** Every pattern that is written down in the code that runs in a shop, once. */
export function patternLiterals(): Literal[] {
  const found = new Map<string, { source: string; flags: string; files: Set<string> }>()
  for (const folder of ['apps', 'contracts', 'kit', 'processes', 'services']) {
    for (const entry of readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts') || entry.endsWith('.test.ts') || /(^|\/)testing\/|node_modules/.test(entry)) continue
      const file = `${folder}/${entry}`
      for (const { source, flags } of patternsIn(parseSync(readFileSync(`${root}${file}`, 'utf8'), { syntax: 'typescript' }))) {
        const known = found.get(`${source}/${flags}`) ?? { source, flags, files: new Set() }
        known.files.add(file)
        found.set(`${source}/${flags}`, known)
      }
    }
  }
  return [...found.values()].map(({ files, ...rest }) => ({ ...rest, files: [...files] }))
}
