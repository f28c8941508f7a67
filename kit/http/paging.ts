import { hash } from 'node:crypto'
import type postgres from 'postgres'
import Type, { type TSchema } from 'typebox'
import { errors } from './errors.ts'
import type { Query } from '#kit/db/db.ts'

type Fragment = postgres.PendingQuery<postgres.Row[]>

/** What every list understands; spread it into a closed query schema, or let `keyset(…).query(filters)` do it. */
export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'entries per page' }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: '`next` of the page before' })),
}

/** One page of a list: `items`, and `next` as long as there is more. */
export function page<T extends TSchema>(item: T) {
  return Type.Object(
    { items: Type.Array(item), next: Type.Optional(Type.String({ description: 'cursor of the next page' })) },
    { additionalProperties: false },
  )
}

export interface Page<T> {
  items: T[]
  next?: string
}

/**
 * An opaque position in a list. `list` says which list, order and filters it belongs to: used anywhere else it is refused.
 */
export function encodeCursor(values: readonly string[], list: string): string {
  const payload = JSON.stringify(values)
  return Buffer.from(sum(payload, list) + payload).toString('base64url')
}

/** The values of `encodeCursor`, exactly `count` of them; throws `http/invalid-cursor` for anything else. */
export function decodeCursor(cursor: string, list: string, count: number): readonly string[] {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const payload = text.slice(SUM_LENGTH)
  if (text.slice(0, SUM_LENGTH) !== sum(payload, list)) throw invalidCursor()
  const values: unknown = JSON.parse(payload)
  if (!Array.isArray(values) || values.length !== count || !values.every((value) => typeof value === 'string'))
    throw invalidCursor()
  return values as string[]
}

const SUM_LENGTH = 12
const sum = (payload: string, list: string): string => hash('sha256', `${list}\0${payload}`, 'base64url').slice(0, SUM_LENGTH)
const invalidCursor = () =>
  errors.invalidCursor({}, { fields: [{ pointer: '?cursor', message: 'is not a cursor of this list' }] })

/** A column that may order a list. It must be NOT NULL: rows with nulls would fall between two pages. */
export interface SortColumn {
  /** `orders.created_at`; comes from code, never from a request */
  readonly column: string
  /** PostgreSQL type, for the comparison: `timestamptz`, `bigint`, `text` … */
  readonly type: string
  readonly descending: boolean
}

export const ascending = (column: string, type: string): SortColumn => ({ column, type, descending: false })
export const descending = (column: string, type: string): SortColumn => ({ column, type, descending: true })

export interface KeysetOptions<S extends string> {
  /** name of the list, part of its cursors */
  readonly list: string
  /** unique column that breaks ties */
  readonly id: { readonly column: string; readonly type: string }
  readonly sorts: Record<S, SortColumn>
  /** the order without `?sort` */
  readonly initial: NoInfer<S>
}

/** Where a request stands in a list, as pieces of its one statement. */
export interface Position {
  /** select list: the values the next cursor is made of (`select orders.id, …, ${at.keys(sql)} from …`) */
  keys(sql: Query): Fragment
  /** ` and (created_at, id) < (…)`, or nothing on the first page; put it behind a condition */
  after(sql: Query): Fragment
  /** `order by … limit …`, one row more than asked, to know whether there is a next page */
  order(sql: Query): Fragment
  /** the page from the rows of that statement */
  page<R extends object, T>(rows: readonly R[], toItem: (row: R) => T): Page<T>
}

export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sort?: string | undefined
}

/** Not part of what a cursor belongs to. */
const PRESENTATION = new Set(['limit', 'cursor', 'fields', 'locale'])

/**
 * Keyset pagination over allow-listed orders: no OFFSET, no counting, no row twice or skipped when others are inserted.
 *
 *     const list = keyset({ list: 'orders', id: { column: 'orders.id', type: 'uuid' }, sorts: { newest: descending('orders.created_at', 'timestamptz') }, initial: 'newest' })
 *     get('/api/orders', { query: list.query({ status: Type.Optional(Status) }), response: page(Order) … }, async ({ query }) => {
 *       const at = list.position(query)
 *       const rows = await sql`select orders.*, ${at.keys(sql)} from orders where true ${at.after(sql)} ${at.order(sql)}`
 *       return at.page(rows, toOrder)
 *     })
 */
export function keyset<S extends string>(options: KeysetOptions<S>) {
  const names = Object.keys(options.sorts) as S[]
  const sort = Type.Optional(
    Type.Unsafe<S>({ type: 'string', enum: names, description: `order of the list, ${options.initial} by default` }),
  )
  return {
    /** Closed query schema: limit, cursor, sort and these filters. */
    query<P extends Record<string, TSchema>>(filters: P) {
      return Type.Object({ ...PageQuery, sort, ...filters }, { additionalProperties: false })
    },
    /** Reads a validated query; throws `http/invalid-cursor`. */
    position(query: PageRequest): Position {
      const name = (query.sort ?? options.initial) as S
      const by = options.sorts[name]
      if (!by) throw errors.invalidInput({}, { fields: [{ pointer: '?sort', message: `must be one of ${names.join(', ')}` }] })
      return positionOf(options.id, by, query, listName(options.list, name, query))
    },
  }
}

function listName(list: string, sort: string, query: object): string {
  const filters = Object.entries(query).filter(
    ([name, value]) => !PRESENTATION.has(name) && name !== 'sort' && value !== undefined,
  )
  return JSON.stringify([list, sort, filters.sort(([a], [b]) => (a < b ? -1 : 1))])
}

function positionOf(id: KeysetOptions<string>['id'], by: SortColumn, query: PageRequest, list: string): Position {
  const start = query.cursor === undefined ? undefined : decodeCursor(query.cursor, list, 2)
  return {
    // As text: a JavaScript date would lose the microseconds and with them rows.
    keys: (sql) => sql`(${sql(by.column)})::text as cursor_value, (${sql(id.column)})::text as cursor_id`,
    after(sql) {
      if (!start) return sql``
      const [value, last] = start as [string, string]
      const than = sql`(${value}::text::${sql.unsafe(by.type)}, ${last}::text::${sql.unsafe(id.type)})`
      const here = sql`(${sql(by.column)}, ${sql(id.column)})`
      return by.descending ? sql` and ${here} < ${than}` : sql` and ${here} > ${than}`
    },
    order(sql) {
      const way = sql.unsafe(by.descending ? 'desc' : 'asc')
      return sql`order by ${sql(by.column)} ${way}, ${sql(id.column)} ${way} limit ${query.limit + 1}`
    },
    page(rows, toItem) {
      const items = rows.slice(0, query.limit).map(toItem)
      if (rows.length <= query.limit) return { items }
      const last = rows[query.limit - 1] as unknown as { cursor_value: string; cursor_id: string }
      return { items, next: encodeCursor([last.cursor_value, last.cursor_id], list) }
    },
  }
}

/** `where a and b` from the conditions that apply, or nothing: for lists with optional filters. */
export function where(sql: Query, conditions: readonly (Fragment | undefined | false)[]): Fragment {
  const given = conditions.filter((condition) => condition !== undefined && condition !== false)
  return given.reduce<Fragment>((all, condition) => sql`${all} and ${condition}`, sql`where true`)
}
