import { setTimeout as delay } from 'node:timers/promises'
import { readCursors } from '#kit/messaging/consumer-claim.ts'
import { outboxLag } from '#kit/messaging/lag.ts'
import type { RunningService } from '#kit/service/host.ts'
import { CommandError } from '../../command.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Terminal } from '../../terminal.ts'
import { SOURCE, type Services } from './import-file.ts'

/** Without any progress for so long, something is wrong that waiting does not mend. */
const PATIENCE_MS = 120_000
const PAUSE_MS = 200
const CREDITS = 500

/** Brings every imported order's checkout to its end; after a crash its lease has to run out first, which takes up to half a minute. */
export async function settleOrders(
  { host }: Platform,
  { orders }: Services,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  await host.flush()
  const { orders: first } = await orders.openImports({ source: SOURCE })
  const progress = terminal.progress('Finishing interrupted orders', first)
  await untilNone(
    async () => {
      const { orders: open, cancelled } = await orders.openImports({ source: SOURCE })
      if (cancelled > 0)
        throw new CommandError(`${cancelled} imported orders were cancelled by their checkout.`, {
          mend: 'This is a fault in Souk; please report it. `npx souk invariants` names the orders.',
        })
      if (open > 0) await host.service('orders').processes.recoverOnce(64)
      return open
    },
    (open) => progress.update(Math.max(0, first - open)),
    'The checkouts of imported orders do not come to an end.',
    signal,
  )
  if (first > 0) progress.finish(first)
}

/** Gives the money of returned goods back. */
export async function settleCredits({ orders }: Services, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const progress = terminal.progress('Giving back money of returned goods')
  let settled = 0
  await untilNone(
    async () => {
      const answer = await orders.settleImportedCredits({ source: SOURCE, limit: CREDITS })
      settled += answer.settled
      return answer.open
    },
    () => progress.update(settled),
    'Refunds of imported returns do not come to an end.',
    signal,
  )
  if (settled > 0) progress.finish(settled)
  return settled
}

/** Waits until every event has left the outboxes and every consumer has read what concerns it. */
export async function settleEvents(platform: Platform, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { services } = platform.host
  const lag = async () => {
    const waiting = await Promise.all(services.map(async ({ db }) => (await outboxLag(db.sql)).rows))
    // first the outboxes, then the consumers: what left an outbox meanwhile is in the log by then
    const unread = await Promise.all(services.map((service) => unreadBy(platform, service)))
    return [...waiting, ...unread].reduce((sum, events) => sum + events, 0)
  }
  const first = await lag()
  const progress = terminal.progress('Telling the other services', first)
  await untilNone(lag, (open) => progress.update(Math.max(0, first - open)), 'Events are not consumed.', signal)
  progress.finish(first)
}

/** Events in the log that a service has still to pass; all of them where it has never begun. */
async function unreadBy({ bus }: Platform, { db, name, reactions }: RunningService): Promise<number> {
  if (reactions.length === 0) return 0
  const [heads, cursors] = await Promise.all([
    bus.heads([...new Set(reactions.map(({ event }) => event.topic))]),
    readCursors(db.sql, name),
  ])
  const places = new Map(cursors.map(({ topic, partition, next }) => [`${topic}/${partition}`, next]))
  return heads.reduce(
    (sum, { topic, partition, first, next }) => sum + Math.max(0, Number(next - (places.get(`${topic}/${partition}`) ?? first))),
    0,
  )
}

/** The catalogue's lists are made ready by a job where many products change at once; where no shop runs, it is run here. */
export async function settleCatalogue({ host }: Platform, signal: AbortSignal): Promise<void> {
  await host
    .service('products')
    .jobs.find(({ name }) => name === 'refresh-stale-cards')
    ?.run(signal)
}

async function untilNone(
  look: () => Promise<number>,
  tell: (open: number) => void,
  problem: string,
  signal: AbortSignal,
): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  let bestAt = performance.now()
  for (;;) {
    signal.throwIfAborted()
    const open = await look()
    if (open === 0) return
    tell(open)
    if (open < best) {
      best = open
      bestAt = performance.now()
    } else if (performance.now() - bestAt > PATIENCE_MS) {
      throw new CommandError(`${problem} ${open} are left.`, {
        mend: 'Everything that was imported is safe. Look at `npx souk dlq` and at the log of the shop, then run the import again.',
      })
    }
    await delay(PAUSE_MS, undefined, { signal })
  }
}
