import { uuidFrom } from '#kit/core/ids.ts'
import type { OutgoingRecord } from '../bus.ts'
import { type Column, type Relation, type Row, UNCHANGED } from '../pgoutput.ts'
import type { ChangePlace, WalChange } from '../wal-stream.ts'

/** What Debezium says for a large value that the change did not touch. */
export const UNAVAILABLE = '__debezium_unavailable_value'

/** `c` created, `u` updated, `d` deleted, `r` read by a snapshot */
export type Operation = 'c' | 'u' | 'd' | 'r'

/** A change of a row as Debezium's PostgreSQL connector writes it (JSON, without schemas). */
export interface Envelope {
  readonly before: Record<string, unknown> | null
  readonly after: Record<string, unknown> | null
  readonly source: {
    readonly connector: 'postgresql'
    readonly name: string
    readonly snapshot: string
    readonly db: string
    readonly schema: string
    readonly table: string
    readonly txId: number | null
    readonly lsn: number
    readonly ts_ms: number
    readonly ts_us: number
  }
  readonly op: Operation
  /** when it was read, in milliseconds since 1970; `source.ts_ms` is when it was committed */
  readonly ts_ms: number
}

/** Where the rows come from, for `source`. */
export interface RowSource {
  readonly database: string
  /** topic prefix of the connector; `orders` */
  readonly name: string
}

/** One change, ready for the log: the record, and after a deletion the tombstone that lets a compacted topic forget the key. */
export function recordsOf(change: WalChange, place: ChangePlace, source: RowSource, now: number): OutgoingRecord[] {
  // an emptied table names no rows; Debezium leaves it out as well
  if (change.kind === 'truncate') return []
  const { relation } = change
  const op = change.kind === 'insert' ? 'c' : change.kind === 'update' ? 'u' : 'd'
  const before = change.kind === 'insert' ? undefined : change.before
  const after = change.kind === 'delete' ? undefined : filled(change.row, before)
  const key = keyOf(relation, (after ?? before) as Row)
  const topic = topicOf(relation)
  const old = before && (after === undefined || isWhole(before, relation)) ? jsonOf(before, relation.columns) : null
  const envelope: Envelope = {
    before: old,
    after: after ? jsonOf(after, relation.columns) : null,
    source: sourceOf(relation, place, source, 'false'),
    op,
    ts_ms: now,
  }
  const record = recordOf(topic, key, envelope, op)
  if (op !== 'd') return [record]
  return [record, { topic, key, eventId: uuidFrom(`${record.eventId} tombstone`), type: topic, value: '' }]
}

/** A row as a snapshot found it. */
export function snapshotRecord(relation: Relation, row: Row, place: ChangePlace, source: RowSource, now: number): OutgoingRecord {
  const envelope: Envelope = {
    before: null,
    after: jsonOf(row, relation.columns),
    source: sourceOf(relation, place, source, 'true'),
    op: 'r',
    ts_ms: now,
  }
  return recordOf(topicOf(relation), keyOf(relation, row), envelope, 'r')
}

const topicOf = ({ schema, table }: Relation): string => `${schema}.${table}`

function recordOf(topic: string, key: string, envelope: Envelope, op: Operation): OutgoingRecord {
  return { topic, key, eventId: changeId(topic, key, envelope.source.lsn, op), type: topic, value: JSON.stringify(envelope) }
}

/** The same change has the same id, whoever read it and however often: its place in the write-ahead log, its key and what was done. */
const changeId = (topic: string, key: string, lsn: number, op: string): string => uuidFrom(`row ${topic} ${key} ${lsn} ${op}`)

/** The id of a change that came without one. */
export function changeIdOf(topic: string, key: string, value: string, offset: bigint): string {
  try {
    const { source, op } = JSON.parse(value) as Partial<Envelope>
    if (source && op) return changeId(topic, key, source.lsn, op)
  } catch {
    // not a change: named by its place
  }
  return uuidFrom(`record ${topic} ${key} ${offset}`)
}

function sourceOf(relation: Relation, place: ChangePlace, source: RowSource, snapshot: string): Envelope['source'] {
  return {
    connector: 'postgresql',
    name: source.name,
    snapshot,
    db: source.database,
    schema: relation.schema,
    table: relation.table,
    txId: place.xid === 0 ? null : place.xid,
    lsn: Number(place.lsn),
    ts_ms: Number(place.at / 1000n),
    ts_us: Number(place.at),
  }
}

function keyOf({ columns }: Relation, row: Row): string {
  return JSON.stringify(jsonOf(row, primaryOf(columns)))
}

/** With REPLICA IDENTITY FULL every column is marked as key: then the caller has put the primary key's marks in `columns`. */
const primaryOf = (columns: readonly Column[]): readonly Column[] => {
  const keys = columns.filter(({ key }) => key)
  return keys.length > 0 ? keys : columns
}

/** A large value that was not sent is taken from the old row, where that is whole. */
function filled(row: Row, before: Row | undefined): Row {
  const entries = Object.entries(row)
  if (!entries.some(([, value]) => value === UNCHANGED)) return row
  return Object.fromEntries(entries.map(([name, value]) => [name, value === UNCHANGED ? (before?.[name] ?? UNCHANGED) : value]))
}

/** Only the key of the old row was sent: Debezium then says nothing of it. */
function isWhole(before: Row, { columns }: Relation): boolean {
  return columns.some(({ name, key }) => !key && before[name] !== null)
}

function jsonOf(row: Row, columns: readonly Column[]): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name, type }) => [name, jsonValueOf(row[name] ?? null, type)]))
}

const OID = { bool: 16, int8: 20, int2: 21, int4: 23, float4: 700, float8: 701, timestamp: 1114, timestamptz: 1184, date: 1082 }

/** A value as the connector's JSON has it with its default settings. */
function jsonValueOf(text: string | null, type: number): unknown {
  if (text === null) return null
  if (text === UNCHANGED) return UNAVAILABLE
  switch (type) {
    case OID.bool:
      return text === 't' || text === 'true'
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.float4:
    case OID.float8:
      return Number(text)
    case OID.timestamptz:
      return zoned(text)
    case OID.timestamp:
      return Date.parse(`${text.replace(' ', 'T')}Z`) * 1000
    case OID.date:
      return Date.parse(`${text}T00:00:00Z`) / 86_400_000
    default:
      return text
  }
}

/** `2026-11-29 12:00:00.123+00` → `2026-11-29T12:00:00.123000Z` */
function zoned(text: string): string {
  const found = /^(\S+) (\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d)(?::?(\d\d))?$/.exec(text)
  if (!found) return text
  const [, date, time, given = '.', hours, minutes = '00'] = found
  const fraction = given.padEnd(7, '0')
  if (hours === '+00' && minutes === '00') return `${date}T${time}${fraction}Z`
  const seconds = new Date(`${date}T${time}${hours}:${minutes}`).toISOString().slice(0, 19)
  return `${seconds}${fraction}Z`
}
