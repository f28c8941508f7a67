import type { OutgoingRecord } from '#kit/messaging/bus.ts'
import { FencedOut } from '#kit/messaging/log-writer.ts'
import { topicOf } from '#kit/messaging/relay-source.ts'
import type { OutboxEntry } from './database.ts'
import { unavailable } from './faults.ts'
import type { Machine } from './kernel.ts'
import type { World } from './world.ts'

/** Where the log is: with the outbox (one statement moves), in another PostgreSQL (fenced, batch remembered), or elsewhere (repeats). */
export type LogPlace = 'shared' | 'elsewhere' | 'foreign'

const BATCH = 20

/** What the relays share: the advisory lock, the epoch, the memory of the last batch. */
export class RelayState {
  leader: Machine | undefined
  epoch = 0
  lastBatch: readonly number[] = []
  readonly place: LogPlace
  constructor(place: LogPlace) {
    this.place = place
  }
}

/** The loop of kit/messaging/relay.ts and its three steps, over the outbox and the log of the world. */
export async function runRelay(world: World, machine: Machine): Promise<void> {
  const { kernel, faults, relay, mutant } = world
  let epoch = 0
  let seen = 0
  for (;;) {
    try {
      if (epoch === 0) {
        await kernel.sleep(faults.latency(500))
        if (relay.leader?.alive && relay.leader !== machine) continue
        relay.leader = machine
        relay.epoch += 1
        epoch = relay.epoch
        world.note(`leads the relay, epoch ${epoch}`)
        if (relay.place === 'elsewhere') await remove(world, relay.lastBatch)
      }
      await kernel.sleep(faults.latency(world.database.outbox.length > 0 ? 5 : 250))
      const visible = world.database.outbox.toSorted((a, b) => a.position - b.position)
      const rows = (mutant === 'id-cursor' ? visible.filter(({ position }) => position > seen) : visible).slice(0, BATCH)
      if (rows.length === 0) continue
      seen = rows.at(-1)!.position
      // The lock is gone with its session, and whoever held it hears of that only after he has written, or tried to.
      const lost = faults.happens('relay loses its session')
      if (lost) relay.leader = undefined
      await kernel.sleep(lost ? kernel.random.between(100, 3000) : faults.latency(2))
      await publish(world, rows, mutant === 'no-fence' ? relay.epoch : epoch)
    } catch {
      epoch = 0
    }
  }
}

async function publish(world: World, rows: readonly OutboxEntry[], epoch: number): Promise<void> {
  const { relay, log, faults, database } = world
  const positions = rows.map(({ position }) => position)
  const lead = () => {
    if (epoch !== relay.epoch) throw new FencedOut({ relay: 'main', epoch: BigInt(epoch) })
  }
  if (relay.place === 'shared') {
    await database.statement(['relay'], () => {
      lead()
      const there = new Set(database.outbox.map(({ position }) => position))
      const mine = rows.filter(({ position }) => there.has(position))
      drop(world, positions)
      log.append(mine.map(outgoing))
    })
    return
  }
  if (relay.place === 'elsewhere') {
    await database.statement(['relay'], () => {
      lead()
      log.append(rows.map(outgoing))
      relay.lastBatch = positions
    })
  } else {
    log.append(rows.map(outgoing))
    if (faults.happens('log repeats an event')) throw unavailable('the log answered too late')
  }
  await remove(world, positions)
}

async function remove(world: World, positions: readonly number[]): Promise<void> {
  await world.database.statement(['outbox'], () => drop(world, positions))
}

function drop(world: World, positions: readonly number[]): void {
  const gone = new Set(positions)
  const { outbox } = world.database
  const kept = outbox.filter(({ position }) => !gone.has(position))
  outbox.splice(0, outbox.length, ...kept)
}

function outgoing({ aggregate, key, id, type, payload }: OutboxEntry): OutgoingRecord {
  return { topic: topicOf(aggregate), key, eventId: id, type, value: payload }
}
