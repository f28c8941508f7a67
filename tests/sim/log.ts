import type { BusRecord, OutgoingRecord } from '#kit/messaging/bus.ts'
import type { LogBus, Membership, Slice } from '#kit/messaging/log-bus.ts'
import { partitionOf } from '#kit/messaging/partition.ts'
import { unavailable } from './faults.ts'
import type { Machine } from './kernel.ts'
import type { World } from './world.ts'

/** Few, so that keys share them. */
export const PARTITIONS = 3

interface Member {
  readonly machine: Machine
  /** who shares the work, as this member knows it: news of a change come late */
  view: readonly Machine[]
  readonly listeners: Set<() => void>
}

/** The log in partitions, and who reads it. It outlives the machines. */
export class Log {
  readonly #world: World
  readonly topics = new Map<string, BusRecord[][]>()
  readonly #members = new Map<string, Member[]>()
  readonly #news = new Set<{ machine: Machine; topics: readonly string[]; listener: () => void }>()

  constructor(world: World) {
    this.#world = world
  }

  partitions(topic: string): BusRecord[][] {
    const known = this.topics.get(topic)
    if (known) return known
    const fresh = Array.from({ length: PARTITIONS }, (): BusRecord[] => [])
    this.topics.set(topic, fresh)
    return fresh
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const { topic, key, eventId, type, value } of records) {
      const partition = partitionOf(key, PARTITIONS)
      const log = this.partitions(topic)[partition]!
      log.push({ topic, partition, offset: BigInt(log.length), key, eventId, type, value: Buffer.from(value) })
    }
    const topics = new Set(records.map(({ topic }) => topic))
    const { kernel } = this.#world
    for (const one of this.#news) {
      if (!one.machine.alive || !one.topics.some((topic) => topics.has(topic))) continue
      one.machine.enter(() => kernel.timer(kernel.random.between(1, 10), one.listener))
    }
  }

  /** A machine's own handle. */
  handle(machine: Machine): LogBus {
    const { kernel, faults } = this.#world
    const reach = async () => {
      await kernel.sleep(faults.latency(1))
      if (faults.happens('database refuses')) throw unavailable('the log refuses')
    }
    return {
      driver: 'postgres',
      topicNames: () => Promise.reject(new Error('nobody asks for names here')),
      apply: () => Promise.reject(new Error('nobody applies here')),
      describe: async () => ({}),
      offsetsAt: () => Promise.reject(new Error('nobody asks for times here')),
      capabilities: { orderPerKey: true, replay: true, broadcast: false, partitions: true },
      publish: async (records) => {
        await reach()
        this.append(records)
      },
      broadcast: () => Promise.reject(new Error('nobody broadcasts here')),
      close: async () => {},
      fetch: async ({ positions, names, budget }) => {
        await reach()
        let left = budget
        return positions.flatMap(({ topic, partition, next }): Slice[] => {
          const log = this.partitions(topic)[partition]!
          const found = log.slice(Number(next), Number(next) + left)
          left -= found.length
          if (found.length === 0) return []
          const records = names ? found.filter(({ type }) => names.includes(type.split('.', 1)[0]!)) : found
          return [{ topic, partition, from: next, upTo: next + BigInt(found.length), missed: 0n, records }]
        })
      },
      heads: async (topics) => {
        await reach()
        return topics.flatMap((topic) =>
          this.partitions(topic).map((log, partition) => ({ topic, partition, first: 0n, next: BigInt(log.length) })),
        )
      },
      partitionCounts: async (topics) => new Map(topics.map((topic) => [topic, PARTITIONS])),
      join: async (group) => this.#join(group, machine),
      onNews: async (topics, listener) => {
        const entry = { machine, topics, listener }
        this.#news.add(entry)
        machine.atDeath.add(() => this.#news.delete(entry))
        return () => void this.#news.delete(entry)
      },
    }
  }

  #join(group: string, machine: Machine): Membership {
    const members = this.#members.get(group) ?? []
    this.#members.set(group, members)
    const member: Member = { machine, view: [], listeners: new Set() }
    members.push(member)
    this.#spread(members)
    const leave = () => {
      if (!members.includes(member)) return
      members.splice(members.indexOf(member), 1)
      this.#spread(members)
    }
    machine.atDeath.add(leave)
    return {
      owns: (_topic, partition) => member.view.length > 0 && member.view[partition % member.view.length] === machine,
      onChange: (listener) => void member.listeners.add(listener),
      leave: async () => leave(),
    }
  }

  /** Everybody hears of a change in his own time: for a while two may own a partition, or nobody. */
  #spread(members: readonly Member[]): void {
    const { kernel } = this.#world
    for (const member of members) {
      member.machine.enter(() =>
        kernel.timer(kernel.random.between(10, 2000), () => {
          // who is there when the news arrive: the last news are right
          member.view = members.map(({ machine }) => machine)
          for (const listener of member.listeners) listener()
        }),
      )
    }
  }
}
