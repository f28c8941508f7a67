/** A background process that only consumes; argument: {busUrl, dbUrl, group, mode: 'safe' | 'ack-first'}. Killed by the tests. */
import { openDb } from '#kit/db/open.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { on, type ReactionContext } from '../bus.ts'
import { startConsumer } from '../consumer.ts'
import { createCursors, readCursors } from '../consumer-claim.ts'
import type { EventOf } from '../event.ts'
import { openBus } from '../open-bus.ts'
import { Sold } from './shop.ts'

const { busUrl, dbUrl, group, mode } = JSON.parse(process.argv[2]!)
const bus = await openBus({ url: busUrl, log: silentLogger, name: 'test consumer', rebalanceMs: 50 })
const db = openDb({
  url: dbUrl,
  schema: group,
  applicationName: `test ${group}`,
  max: 4,
  timeouts: { connect: 10_000, poolWait: 10_000 },
})

async function takeEffect(event: EventOf<typeof Sold>, { tx }: Pick<ReactionContext, 'tx'>): Promise<void> {
  await tx`insert into effects (event_id, sale, n, sequence) values (${event.id}, ${event.data.saleId}, ${event.data.n}, ${event.sequence}::text::bigint)`
}

if (mode === 'safe') {
  await startConsumer({ group, bus, db, log: silentLogger, reactions: [on(Sold, takeEffect)], batchSize: 20 })
} else {
  // the mutant: position first, effect afterwards, no inbox
  void (async () => {
    const counts = await bus.partitionCounts([Sold.topic])
    const partitions = Array.from({ length: counts.get(Sold.topic)! }, (_, partition) => ({
      topic: Sold.topic,
      partition,
      next: 0n,
    }))
    await createCursors(db.sql, group, partitions)
    for (;;) {
      for (const slice of await bus.fetch({ positions: await readCursors(db.sql, group), names: ['Sold'], budget: 200 })) {
        await db.sql`update cursors set next_offset = ${slice.upTo} where consumer = ${group} and partition = ${slice.partition}`
        for (const record of slice.records) await db.tx((tx) => takeEffect(JSON.parse(record.value.toString()), { tx }))
      }
    }
  })()
}
process.send!('ready')
