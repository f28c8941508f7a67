/**
 * Reads the messages of PostgreSQL's `pgoutput` plugin, protocol version 1
 * (protocol-logicalrep-message-formats in PostgreSQL's manual), and the frames they travel in.
 */
export type Frame =
  /** `lsn`: where the change stands in the write-ahead log */
  | { readonly kind: 'change'; readonly lsn: bigint; readonly message: Buffer }
  /** the server has nothing up to `end`; it may want an answer */
  | { readonly kind: 'keepalive'; readonly end: bigint; readonly wantsReply: boolean }

/** Values as PostgreSQL writes them. */
export type Row = Record<string, string | null>

/** Stands for a large value that the change did not touch and the server therefore did not send. */
export const UNCHANGED = '\u0000unchanged'

/** A table as the server last described it: a changed table is described anew before its next row. */
export interface Relation {
  readonly schema: string
  readonly table: string
  readonly columns: readonly Column[]
}

export interface Column {
  readonly name: string
  /** part of what identifies a row */
  readonly key: boolean
  /** oid of its type */
  readonly type: number
}

export type RowMessage =
  | { readonly kind: 'insert'; readonly relation: Relation; readonly row: Row }
  /** `before`: the whole old row (REPLICA IDENTITY FULL), its key if that changed, or undefined */
  | { readonly kind: 'update'; readonly relation: Relation; readonly before: Row | undefined; readonly row: Row }
  | { readonly kind: 'delete'; readonly relation: Relation; readonly before: Row }

export type Message =
  /** `at`: microseconds since 1970 at which it was committed; `commit`: where */
  | { readonly kind: 'begin'; readonly commit: bigint; readonly at: bigint; readonly xid: number }
  | RowMessage
  | { readonly kind: 'truncate'; readonly relations: readonly Relation[] }
  /** `end`: position right after the transaction; the next one ends later */
  | { readonly kind: 'commit'; readonly end: bigint }

const CODE = {
  xlogData: 0x77,
  keepalive: 0x6b,
  begin: 0x42,
  commit: 0x43,
  insert: 0x49,
  update: 0x55,
  delete: 0x44,
  truncate: 0x54,
  relation: 0x52,
  text: 0x74,
  unchanged: 0x75,
  newRow: 0x4e,
} as const

const EPOCH_2000_MS = Date.UTC(2000, 0, 1)

export function parseFrame(chunk: Buffer): Frame | undefined {
  if (chunk[0] === CODE.xlogData) return { kind: 'change', lsn: chunk.readBigUInt64BE(1), message: chunk.subarray(25) }
  if (chunk[0] === CODE.keepalive) return { kind: 'keepalive', end: chunk.readBigUInt64BE(1), wantsReply: chunk[17] === 1 }
  return undefined
}

/** Parser of one stream: it remembers the tables the server has described. Other messages give undefined. */
export function createPgoutputParser(): (message: Buffer) => Message | undefined {
  const relations = new Map<number, Relation>()
  const known = (id: number): Relation => {
    const relation = relations.get(id)
    if (!relation) throw new Error('pgoutput: a change of a table that was not described')
    return relation
  }
  return (message) => {
    switch (message[0]) {
      case CODE.begin:
        return {
          kind: 'begin',
          commit: message.readBigUInt64BE(1),
          at: message.readBigInt64BE(9) + BigInt(EPOCH_2000_MS) * 1000n,
          xid: message.readUInt32BE(17),
        }
      case CODE.commit:
        return { kind: 'commit', end: message.readBigUInt64BE(10) }
      case CODE.relation: {
        const reader = readFrom(message, 5)
        const schema = reader.string()
        const table = reader.string()
        reader.skip(1)
        const columns = Array.from({ length: reader.int16() }, () => {
          const key = reader.byte() === 1
          const name = reader.string()
          const type = reader.int32()
          reader.skip(4)
          return { name, key, type }
        })
        relations.set(message.readUInt32BE(1), { schema, table, columns })
        return undefined
      }
      case CODE.insert: {
        const relation = known(message.readUInt32BE(1))
        return { kind: 'insert', relation, row: rowFrom(readFrom(message, 6), relation) }
      }
      case CODE.update: {
        const relation = known(message.readUInt32BE(1))
        const reader = readFrom(message, 5)
        let before: Row | undefined
        if (reader.byte() !== CODE.newRow) {
          before = rowFrom(reader, relation)
          reader.skip(1)
        }
        return { kind: 'update', relation, before, row: rowFrom(reader, relation) }
      }
      case CODE.delete: {
        const relation = known(message.readUInt32BE(1))
        return { kind: 'delete', relation, before: rowFrom(readFrom(message, 6), relation) }
      }
      case CODE.truncate: {
        const count = message.readUInt32BE(1)
        return { kind: 'truncate', relations: Array.from({ length: count }, (_, n) => known(message.readUInt32BE(6 + 4 * n))) }
      }
      default:
        return undefined
    }
  }
}

function rowFrom(reader: ReturnType<typeof readFrom>, { columns }: Relation): Row {
  const row: Row = {}
  const count = reader.int16()
  for (let index = 0; index < count; index += 1) row[columns[index]!.name] = reader.value()
  return row
}

function readFrom(bytes: Buffer, start: number) {
  let at = start
  return {
    skip(count: number): void {
      at += count
    },
    byte(): number {
      at += 1
      return bytes[at - 1]!
    },
    int32(): number {
      at += 4
      return bytes.readUInt32BE(at - 4)
    },
    int16(): number {
      at += 2
      return bytes.readUInt16BE(at - 2)
    },
    string(): string {
      const end = bytes.indexOf(0, at)
      const text = bytes.toString('utf8', at, end)
      at = end + 1
      return text
    },
    value(): string | null {
      const format = bytes[at]
      at += 1
      if (format === CODE.unchanged) return UNCHANGED
      if (format !== CODE.text) return null
      const length = bytes.readUInt32BE(at)
      at += 4 + length
      return bytes.toString('utf8', at - length, at)
    },
  }
}

/** "I have received up to, and safely stored up to": the server forgets what is stored. `ask` makes it say where it is. */
export function standbyStatus(received: bigint, stored: bigint, ask: boolean): Buffer {
  const bytes = Buffer.alloc(34)
  bytes[0] = 0x72
  bytes.writeBigUInt64BE(received, 1)
  bytes.writeBigUInt64BE(stored, 9)
  bytes.writeBigUInt64BE(stored, 17)
  bytes.writeBigInt64BE(BigInt(Date.now() - EPOCH_2000_MS) * 1000n, 25)
  bytes[33] = ask ? 1 : 0
  return bytes
}

/** `0/1A2B3C4` ↔ number */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase()
}
