import { type SqlStatement, statementsOf } from './sql-statements.ts'

/** A statement that people who use the shop would notice, or that the release before could not live with. */
export interface Unsafe {
  readonly rule: UnsafeRule
  /** as the file names it, without schema; undefined where it cannot be told */
  readonly table: string | undefined
  readonly line: number
  readonly statement: string
  /** `-- safe: …` in front of the statement: why somebody thinks it is fine */
  readonly excuse: string | undefined
}

/** What is wrong, and what to write instead. docs/how-to-change-a-table.md says more. */
export const unsafeRules = {
  'index-locks':
    'builds an index while nobody can write. Write `create index concurrently` into a file of its own that begins with `-- outside a transaction`.',
  'index-drop-locks': 'waits for everybody and lets nobody in meanwhile. Write `drop index concurrently` into a file of its own.',
  'not-null':
    'reads the whole table while nobody can use it. Add `check (x is not null) not valid`, validate it in the next file, then `set not null`.',
  'no-default': 'a new column that must be filled needs a default: rows that are there, and the release before, do not fill it.',
  rewrite:
    'writes the whole table anew while nobody can use it. Add a new column, fill it in pieces, move over, drop the old one later.',
  constraint:
    'checks every row while nobody can write. Add it `not valid`, and `validate constraint` in the next file; unique: an index built concurrently, then `using index`.',
  removal:
    'the release before still uses it. Remove it one release after nothing uses it, with `-- safe: not used since <release>` in front.',
  'whole-table':
    'changes or locks every row in one transaction. Do it in pieces, from a job, or say why it is small with `-- safe: …`.',
  hidden: 'changes tables from inside a block, where nobody can see which. Say why it is fine with `-- safe: …`.',
  transaction: 'a file is one transaction already; it must not begin or end one.',
} as const

export type UnsafeRule = keyof typeof unsafeRules

const name = '(?:"?[\\w$]+"?\\.|:"schema"\\.)?"?([\\w$]+)"?'
const one = (pattern: string) => new RegExp(`^${pattern.replaceAll(' ', '\\s+').replaceAll('NAME', name)}`, 'i')

const createTable = one('create (?:unlogged )?table (?:if not exists )?NAME')
const createIndex = one('create (?:unique )?index (?!concurrently)(?:if not exists )?(?:"?[\\w$]+"? )?on (?:only )?NAME')
const alterTable = one('alter table (?:if exists )?(?:only )?NAME')
const takesRights = one('revoke [\\w,\\s]+? on (?:table )?NAME')
const changesRows = one('(?:update|delete from|lock table|lock|truncate table|truncate) (?:only )?NAME')
const volatile = /\b(gen_random_uuid|random|clock_timestamp|nextval|uuid_generate_v4|uuidv7|uuidv4|timeofday)\s*\(/i

/** Reads one file. Tables that the file itself makes are empty, so nothing about them is unsafe. */
export function unsafeIn(text: string): Unsafe[] {
  const fresh = new Set<string>()
  const found: Unsafe[] = []
  for (const statement of statementsOf(text)) {
    const made = createTable.exec(statement.text)?.[1]
    if (made) fresh.add(made)
    const excuse = statement.comments.map((comment) => /^safe:\s*(\S.*)$/.exec(comment)?.[1]).find(Boolean)
    for (const { rule, table } of judge(statement))
      if (table === undefined || !fresh.has(table))
        found.push({ rule, table, line: statement.line, statement: brief(statement.text), excuse })
  }
  return found
}

interface Judgement {
  readonly rule: UnsafeRule
  readonly table: string | undefined
}

function judge({ text }: SqlStatement): Judgement[] {
  const index = createIndex.exec(text)
  if (index) return [{ rule: 'index-locks', table: index[1] }]
  if (/^drop\s+index\s+(?!concurrently)/i.test(text)) return [{ rule: 'index-drop-locks', table: undefined }]
  if (/^(begin|commit|rollback|start\s+transaction|end)\b/i.test(text)) return [{ rule: 'transaction', table: undefined }]
  if (/^drop\s+(table|view|materialized\s+view|function|type|sequence)\b/i.test(text))
    return [{ rule: 'removal', table: undefined }]
  if (/^do\b/i.test(text) && /\b(execute|alter|create|drop)\b/i.test(text)) return [{ rule: 'hidden', table: undefined }]
  if (/^(vacuum\s+full|cluster|reindex\s+(?!.*concurrently))/i.test(text)) return [{ rule: 'rewrite', table: undefined }]
  const taken = takesRights.exec(text)
  if (taken) return [{ rule: 'removal', table: taken[1] }]
  const table = alterTable.exec(text)
  if (table) return actionsOf(text.slice(table[0].length)).map((rule) => ({ rule, table: table[1] }))
  const rows = changesRows.exec(text)
  if (rows && (!/^(update|delete)/i.test(text) || !/\bwhere\b/i.test(text))) return [{ rule: 'whole-table', table: rows[1] }]
  return []
}

/** `alter table` takes several actions, separated by commas outside of parentheses. */
function actionsOf(text: string): UnsafeRule[] {
  const actions: string[] = []
  let depth = 0
  let action = ''
  for (const letter of text) {
    if (letter === '(') depth += 1
    if (letter === ')') depth -= 1
    if (letter === ',' && depth === 0) {
      actions.push(action)
      action = ''
    } else action += letter
  }
  return [...actions, action].flatMap((one) => ruleOf(one.trim()) ?? [])
}

function ruleOf(action: string): UnsafeRule | undefined {
  const is = (pattern: RegExp) => pattern.test(action)
  if (is(/^(rename|drop\s+column|drop\s+(?!constraint|not|default|expression|identity)\w)/i)) return 'removal'
  if (is(/^alter\s+(column\s+)?\S+\s+drop\s+default\b/i)) return 'removal'
  if (is(/^alter\s+(column\s+)?\S+\s+(set\s+data\s+)?type\b/i) || is(/^set\s+(logged|unlogged|tablespace|access)/i))
    return 'rewrite'
  if (is(/^alter\s+(column\s+)?\S+\s+set\s+not\s+null/i)) return 'not-null'
  if (is(/^add\s+(constraint|check|unique|primary|foreign|exclude)\b/i))
    return is(/\bnot\s+valid\b|\busing\s+index\b/i) ? undefined : 'constraint'
  if (!is(/^add\b/i)) return undefined
  if (is(/\bgenerated\s+always\s+as\s*\([\s\S]*\bstored\b/i) || is(/\b(small|big)?serial\b|\bas\s+identity\b/i)) return 'rewrite'
  const standard = /\bdefault\s+([\s\S]*)$/i.exec(action)?.[1]
  if (standard !== undefined && volatile.test(standard)) return 'rewrite'
  if (is(/\b(unique|primary\s+key)\b/i)) return 'constraint'
  return is(/\bnot\s+null\b/i) && standard === undefined ? 'no-default' : undefined
}

const brief = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
