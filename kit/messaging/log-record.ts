import type { BusRecord } from './bus.ts'

/** A record that many groups of a process look at: its bytes are made when somebody asks, and its JSON is read once. */
export class LogRecord implements BusRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  readonly eventId: string
  readonly type: string
  readonly #text: string
  #json: unknown

  constructor(record: Omit<BusRecord, 'value' | 'size' | 'json'> & { readonly value: string }) {
    this.topic = record.topic
    this.partition = record.partition
    this.offset = record.offset
    this.key = record.key
    this.eventId = record.eventId
    this.type = record.type
    this.#text = record.value
  }

  get value(): Buffer {
    return Buffer.from(this.#text)
  }

  get size(): number {
    return this.#text.length
  }

  json(): unknown {
    this.#json ??= JSON.parse(this.#text)
    return this.#json
  }
}
