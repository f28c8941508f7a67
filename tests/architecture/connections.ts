import { parseSync } from '@swc/core'

/*
 * Who holds a transaction and asks the pool for a second connection waits for somebody who waits for the same. What is found here is
 * found by names, within one service: enough to see it in a review, and no proof.
 */

/** A node of swc's tree, which this file knows no more of than that. */
interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

interface Func {
  readonly name: string
  readonly file: string
  readonly node: Node
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'
const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration'])
const UNSAFE = new Set(['post', 'put', 'patch', 'del', 'change'])
const POOLS = new Set(['sql', 'read', 'brief', 'tx'])

const seen = new WeakMap<object, readonly Node[]>()
/** Every node of a tree, a list or a part of one. Remembered: the same bodies are looked at again and again. */
function walk(value: unknown): readonly Node[] {
  if (value === null || typeof value !== 'object') return []
  const known = seen.get(value)
  if (known) return known
  const found: Node[] = isNode(value) ? [value] : []
  for (const part of Object.values(value)) for (const node of walk(part)) found.push(node)
  seen.set(value, found)
  return found
}

const nameOf = (node: unknown): string | undefined => (isNode(node) ? (node['value'] as string | undefined) : undefined)
const named = (part: unknown, name: string): boolean =>
  walk(part).some((node) => node.type === 'Identifier' && node['value'] === name)
const bodyOf = ({ node }: Func): unknown => node['body']

/** A function that is given an open transaction (not one that gives it to what it calls). */
const holds = ({ node }: Func): boolean => {
  const parameters = walk(node['params'])
  const called = new Set(parameters.filter(({ type }) => type === 'TsFunctionType').flatMap((type) => walk(type)))
  return parameters.some((part) => !called.has(part) && ['tx', 'Tx', 'Query'].includes(nameOf(part) ?? ''))
}

/** `….db.sql`, `db.tx`, or `{ sql } = ….db`. */
const takesItself = (part: unknown): boolean =>
  walk(part).some((node) => {
    if (node.type !== 'MemberExpression' || !POOLS.has(nameOf(node['property']) ?? '')) return isTakenApart(node)
    const of = node['object'] as Node
    return nameOf(of) === 'db' || nameOf(of['property']) === 'db'
  })
function isTakenApart(node: Node): boolean {
  if (node.type !== 'VariableDeclarator' || (node['id'] as Node).type !== 'ObjectPattern') return false
  const from = node['init'] as Node | null
  return (nameOf(from) === 'db' || nameOf(from?.['property']) === 'db') && [...POOLS].some((pool) => named(node['id'], pool))
}

interface Call {
  readonly name: string
  /** an open transaction goes along */
  readonly along: boolean
}
const callsIn = (part: unknown): Call[] =>
  walk(part).flatMap((node) => {
    const name = node.type === 'CallExpression' ? nameOf(node['callee']) : undefined
    if (name === undefined) return []
    // what goes to a call among the arguments does not go along
    const passed = (node['arguments'] as { expression: Node }[]).filter(
      ({ expression }) => !/^(Await|Call)Exp/.test(expression.type),
    )
    return [{ name, along: named(passed, 'tx') || named(passed, 'sql') }]
  })

function functionsIn(file: string, tree: unknown): Func[] {
  const found: Func[] = []
  for (const node of walk(tree)) {
    if (node.type === 'FunctionDeclaration') found.push({ name: nameOf(node['identifier'])!, file, node })
    const value = node.type === 'VariableDeclarator' ? node['init'] : undefined
    if (isNode(value) && FUNCTIONS.has(value.type)) found.push({ name: nameOf(node['id']) ?? '', file, node: value })
  }
  return found
}

const unwrapped = (node: Node): Node => (node.type === 'TsConstAssertion' ? (node['expression'] as Node) : node)

/** The object behind `spec`: itself, or what the file gave that name. */
function objectOf(spec: unknown, tree: unknown): Node | undefined {
  if (!isNode(spec)) return undefined
  if (spec.type !== 'Identifier') return unwrapped(spec).type === 'ObjectExpression' ? unwrapped(spec) : undefined
  const made = walk(tree).find((node) => node.type === 'VariableDeclarator' && nameOf(node['id']) === nameOf(spec))
  return isNode(made?.['init']) && made['init'].type !== 'Identifier' ? objectOf(made['init'], tree) : undefined
}

/** What a route says of its idempotency, also by what it spreads into its description. */
function idempotencyOf(spec: Node, tree: unknown): string | undefined {
  for (const one of spec['properties'] as Node[]) {
    const spread = one.type === 'SpreadElement' ? objectOf(one['arguments'], tree) : undefined
    const said = spread ? idempotencyOf(spread, tree) : undefined
    if (said !== undefined) return said
    if (nameOf(one['key']) === 'idempotency') return nameOf(unwrapped(one['value'] as Node))
  }
  return undefined
}

/** Places of one service's files (name and text) where a second connection is asked for while a transaction is open. */
export function secondConnections(files: readonly { path: string; text: string }[]): string[] {
  const trees = files.map(({ path, text }) => ({ path, text, tree: parseSync(text, { syntax: 'typescript' }) as unknown }))
  const functions = trees.flatMap(({ path, tree }) => functionsIn(path, tree))
  const takers = new Set<string>()
  for (let before = -1; before !== takers.size; ) {
    before = takers.size
    for (const one of functions)
      if (takesItself(bodyOf(one)) || callsIn(bodyOf(one)).some(({ name, along }) => !along && takers.has(name)))
        takers.add(one.name)
  }
  // given one, a function takes none: what it was given is looked at below
  const taking = (part: unknown) => takesItself(part) || callsIn(part).some(({ name, along }) => !along && takers.has(name))
  const found = functions.filter((one) => holds(one) && taking(bodyOf(one))).map(({ file, name }) => `${file}: ${name}`)
  for (const { path, text, tree } of trees) {
    if (!text.includes('#kit/http/route.ts')) continue
    const own = new Map(functionsIn(path, tree).map((one) => [one.name, one]))
    for (const node of walk(tree)) {
      if (node.type !== 'CallExpression' || !UNSAFE.has(nameOf(node['callee']) ?? '')) continue
      const [address, spec, handler] = (node['arguments'] as { expression: Node }[]).map(({ expression }) => expression)
      const said = objectOf(spec, tree)
      if (!address || !handler || !said || !['transaction', 'none'].includes(idempotencyOf(said, tree) ?? 'transaction')) continue
      const body = own.get(nameOf(handler) ?? '')?.node ?? handler
      const outside = named(body['body'], 'sql') && walk(tree).some(isTakenApart)
      if (outside || taking(body['body'])) found.push(`${path}: ${nameOf(address) ?? 'a route'}`)
      else if (!named(body, 'tx')) found.push(`${path}: ${nameOf(address) ?? 'a route'} opens a transaction for nothing`)
    }
  }
  return found
}
