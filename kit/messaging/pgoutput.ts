/**
 * Reads the messages of PostgreSQL's `pgoutput` plugin, protocol version 1, as far as inserts go
 * (protocol-logicalrep-message-formats in PostgreSQL's manual), and the frames they travel in.
 */
export type Frame =
  | { readonly kind: 'change'; readonly message: Buffer }
  /** the server has nothing up to `end`; it may want an answer */
  | { readonly kind: 'keepalive'; readonly end: bigint; readonly wantsReply: boolean }

export type Message =
  | { readonly kind: 'begin' }
  | { readonly kind: 'insert'; readonly schema: string; readonly table: string; readonly row: Record<string, string | null> }
  /** `end`: position right after the transaction; the next one ends later */
  | { readonly kind: 'commit'; readonly end: bigint }

interface Relation {
  readonly schema: string
  readonly table: string
  readonly columns: readonly string[]
}

const CODE = { xlogData: 0x77, keepalive: 0x6b, begin: 0x42, commit: 0x43, insert: 0x49, relation: 0x52, text: 0x74 } as const

export function parseFrame(chunk: Buffer): Frame | undefined {
  if (chunk[0] === CODE.xlogData) return { kind: 'change', message: chunk.subarray(25) }
  if (chunk[0] === CODE.keepalive) return { kind: 'keepalive', end: chunk.readBigUInt64BE(1), wantsReply: chunk[17] === 1 }
  return undefined
}

/** Parser of one stream: it remembers the tables the server has described. Other messages give undefined. */
export function createPgoutputParser(): (message: Buffer) => Message | undefined {
  const relations = new Map<number, Relation>()
  return (message) => {
    switch (message[0]) {
      case CODE.begin:
        return { kind: 'begin' }
      case CODE.commit:
        return { kind: 'commit', end: message.readBigUInt64BE(10) }
      case CODE.relation: {
        const reader = readFrom(message, 5)
        const schema = reader.string()
        const table = reader.string()
        reader.skip(1)
        const columns = Array.from({ length: reader.int16() }, () => {
          reader.skip(1)
          const name = reader.string()
          reader.skip(8)
          return name
        })
        relations.set(message.readUInt32BE(1), { schema, table, columns })
        return undefined
      }
      case CODE.insert: {
        const relation = relations.get(message.readUInt32BE(1))
        if (!relation) throw new Error('pgoutput: an insert into a table that was not described')
        const reader = readFrom(message, 6)
        const row: Record<string, string | null> = {}
        const count = reader.int16()
        for (let index = 0; index < count; index += 1) row[relation.columns[index]!] = reader.value()
        return { kind: 'insert', schema: relation.schema, table: relation.table, row }
      }
      default:
        return undefined
    }
  }
}

function readFrom(bytes: Buffer, start: number) {
  let at = start
  return {
    skip(count: number): void {
      at += count
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
    /** null also for an unchanged value kept elsewhere, which an insert never has */
    value(): string | null {
      const format = bytes[at]
      at += 1
      if (format !== CODE.text) return null
      const length = bytes.readUInt32BE(at)
      at += 4 + length
      return bytes.toString('utf8', at - length, at)
    },
  }
}

const EPOCH_2000_MS = Date.UTC(2000, 0, 1)

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
