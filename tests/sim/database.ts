import type { Tx } from '#kit/db/db.ts'
import { encodeEvent, type NewEvent } from '#kit/messaging/event.ts'
import { type Faults, unavailable } from './faults.ts'
import type { Kernel } from './kernel.ts'

export interface OutboxEntry {
  readonly schema: string
  readonly position: number
  readonly aggregate: string
  readonly key: string
  readonly id: string
  readonly type: string
  readonly seq: number
  readonly payload: string
}

/** An idle transaction is ended by the server after this. */
const IDLE_MS = 5000
/** Whoever waits longer for a lock is taken for one of a circle. */
const DEADLOCK_MS = 1000

/**
 * The part of a database that matters here: a statement or transaction takes effect at once or not at all, whoever changes the
 * same row waits, a commit may happen without its answer, and positions of the outbox are drawn before the commit that shows them.
 */
export class Database {
  readonly kernel: Kernel
  readonly faults: Faults
  readonly outbox: OutboxEntry[] = []
  readonly heads = new Map<string, number>()
  /** called when events were committed */
  onAppend: () => void = () => {}
  onCommit: () => void = () => {}
  /** every event ever committed */
  readonly committed = new Set<string>()
  /** transactions under way */
  open = 0
  nextId: () => string = () => ''
  #position = 0
  readonly #locks = new Map<string, (() => void)[]>()

  constructor(kernel: Kernel, faults: Faults) {
    this.kernel = kernel
    this.faults = faults
  }

  /** One statement in a transaction of its own. `keys`: the rows it changes. */
  async statement<T>(keys: readonly string[], work: (unit: Unit) => T): Promise<T> {
    const { kernel, faults } = this
    await kernel.sleep(faults.latency(1))
    if (faults.happens('database refuses')) throw unavailable('the database refuses')
    // Once it is sent the server finishes it, whatever becomes of the client.
    const result = await kernel.answer(
      kernel.outside.enter(async () => {
        const unit = new Unit(this)
        try {
          for (const key of [...keys].sort()) await unit.lock(key)
          unit.draw()
          await kernel.sleep(faults.latency(1))
          const value = work(unit)
          unit.commit()
          return value
        } finally {
          unit.end()
        }
      }),
    )
    if (faults.happens('commit is unknown')) throw unavailable('the connection broke after the commit')
    return result
  }

  /** BEGIN … COMMIT. What `work` wants to change it gives to `unit.later`; it happens at the commit. */
  async tx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { kernel, faults } = this
    await kernel.sleep(faults.latency(1))
    if (faults.happens('database refuses')) throw unavailable('the database refuses')
    const machine = kernel.machine()
    const unit = new Unit(this)
    const rollback = () => unit.end()
    const idle = kernel.outside.enter(() => kernel.timer(IDLE_MS, rollback))
    machine.atDeath.add(rollback)
    try {
      const value = await work(unit as unknown as Tx)
      await kernel.sleep(faults.latency(1))
      if (unit.ended) throw unavailable('the database ended the transaction')
      unit.commit()
      if (faults.happens('commit is unknown')) throw unavailable('the connection broke after the commit')
      return value
    } finally {
      machine.atDeath.delete(rollback)
      idle.cancel()
      unit.end()
    }
  }

  async take(key: string): Promise<void> {
    const waiting = this.#locks.get(key)
    if (!waiting) {
      this.#locks.set(key, [])
      return
    }
    await new Promise<void>((resolve, reject) => {
      const { kernel } = this
      const entry = () => {
        timer.cancel()
        resolve()
      }
      waiting.push(entry)
      const timer = kernel.outside.enter(() =>
        kernel.timer(DEADLOCK_MS, () => {
          waiting.splice(waiting.indexOf(entry), 1)
          reject(Object.assign(new Error('deadlock detected'), { code: '40P01' }))
        }),
      )
    })
  }

  release(key: string): void {
    const next = this.#locks.get(key)?.shift()
    if (next) next()
    else this.#locks.delete(key)
  }

  drawPosition(): number {
    this.#position += 1
    return this.#position
  }

  isLocked(key: string): boolean {
    return this.#locks.has(key)
  }
}

/** A transaction under way. */
export class Unit {
  ended = false
  readonly #database: Database
  readonly #held = new Set<string>()
  readonly #changes: (() => void)[] = []
  readonly #events: { schema: string; event: NewEvent; position: number }[] = []
  readonly #drawn: number[] = []
  readonly #undo: (() => void)[] = []

  constructor(database: Database) {
    this.#database = database
    database.open += 1
  }

  async lock(key: string): Promise<void> {
    this.mustBeOpen()
    if (this.#held.has(key)) return
    await this.#database.take(key)
    // rolled back while it waited: nobody else would let go of it
    if (this.ended) this.#database.release(key)
    this.mustBeOpen()
    this.#held.add(key)
  }

  /** A transaction that the server has ended takes no more statements. */
  mustBeOpen(): void {
    if (this.ended) throw unavailable('the database ended the transaction')
  }

  /** Positions for the events of a statement, drawn before it commits. */
  draw(): void {
    for (let n = 0; n < 8; n += 1) this.#drawn.push(this.#database.drawPosition())
  }

  /** How to take back what was changed at once, should this transaction not be committed. */
  undo(how: () => void): void {
    this.#undo.push(how)
  }

  later(change: () => void): void {
    this.#changes.push(change)
  }

  append(schema: string, events: readonly NewEvent[]): void {
    for (const event of events) {
      this.#events.push({ schema, event, position: this.#drawn.shift() ?? this.#database.drawPosition() })
    }
  }

  commit(): void {
    if (this.ended) return
    const database = this.#database
    for (const change of this.#changes) change()
    for (const { schema, event, position } of this.#events) {
      const id = database.nextId()
      const { aggregate, key, type } = event
      const head = `${schema} ${aggregate} ${key}`
      const seq = (database.heads.get(head) ?? 0) + 1
      database.heads.set(head, seq)
      const payload = `${encodeEvent({ ...event, id }, schema).slice(0, -1)},"sequence":"${seq}"}`
      database.committed.add(id)
      database.outbox.push({ schema, position, aggregate, key, id, type, seq, payload })
    }
    database.onCommit()
    if (this.#events.length > 0) database.onAppend()
    this.#undo.length = 0
    this.end()
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.#database.open -= 1
    for (const how of this.#undo.reverse()) how()
    for (const key of this.#held) this.#database.release(key)
    this.#held.clear()
  }
}

/** A transaction as our code hands it around, or undefined where a pool is handed in. */
export function unitOf(query: unknown): Unit | undefined {
  return query instanceof Unit ? query : undefined
}
