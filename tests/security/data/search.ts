import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'

/** Where a canary was found: `orders.order_addresses.name`. Never the value itself: reports must not leak either. */
export interface Sighting {
  readonly canary: string
  readonly place: string
}

/** Rows of every table of every schema, as text, also bytea that is readable as text. */
export async function searchDatabase(
  sql: postgres.Sql,
  canaries: Readonly<Record<string, string>>,
): Promise<{ sightings: Sighting[]; tables: number; rows: number }> {
  const tables = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2`
  const names = Object.keys(canaries)
  const values = names.map((name) => (canaries[name] as string).toLowerCase())
  const sightings: Sighting[] = []
  let rows = 0
  for (const { schema, name } of tables) {
    const table = `${schema}.${name}`
    const columns = await sql<{ column: string; type: string }[]>`
      select a.attname as column, t.typname as type from pg_attribute a join pg_type t on t.oid = a.atttypid
       where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped`
    const text = columns.map(({ column, type }) =>
      type === 'bytea' ? `encode(${quote(column)}, 'escape')` : `${quote(column)}::text`,
    )
    const [counted] = await sql.unsafe(`select count(*)::integer as n from ${quote(schema)}.${quote(name)}`)
    rows += counted?.['n'] as number
    for (const [index, expression] of text.entries()) {
      const found = await sql.unsafe(
        `select w.n from (values ${values.map((_, n) => `(${n}, $${n + 1}::text)`).join(', ')}) as w(n, canary)
          where exists (select 1 from ${quote(schema)}.${quote(name)} where position(w.canary in lower(${expression})) > 0)`,
        values,
      )
      for (const { n } of found)
        sightings.push({ canary: names[n as number] as string, place: `${table}.${columns[index]?.column}` })
    }
  }
  return { sightings, tables: tables.length, rows }
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Canaries in text, by name. */
export function searchText(text: string, canaries: Readonly<Record<string, string>>, place: string): Sighting[] {
  const lower = text.toLowerCase()
  return Object.entries(canaries)
    .filter(([, value]) => lower.includes(value.toLowerCase()) || lower.includes(encodeURIComponent(value).toLowerCase()))
    .map(([canary]) => ({ canary, place }))
}

/** Canaries in the files of a folder, whatever they are; the database's own files are searched through the database. */
export async function searchFiles(folder: string, canaries: Readonly<Record<string, string>>, skip: RegExp): Promise<Sighting[]> {
  const found: Sighting[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || skip.test(path)) continue
    found.push(...searchText(await readFile(path, 'latin1'), canaries, path.slice(folder.length)))
  }
  return found
}
