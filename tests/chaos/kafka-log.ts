import { Admin } from '@platformatic/kafka'
import { kafkaPlace, steady } from '#kit/messaging/kafka/connection.ts'
import { createKafkaReader } from '#kit/messaging/kafka/reader.ts'
import type { EventsElsewhere } from './chaos-shop.ts'

/**
 * The events of a shop on Kafka, copied to where the log of a shop without it lies (`bus.log`, which such a shop leaves empty): the same
 * checkers look at either. Each look brings what came since the last one.
 */
export function eventsOnKafka(url: string): EventsElsewhere & { close(): Promise<void> } {
  const place = kafkaPlace(url, 'chaos')
  const admin = steady(new Admin(place.client))
  const reader = createKafkaReader(place)
  const next = new Map<string, bigint>()
  return {
    async bring(sql) {
      const names = (await admin.listTopics()).filter((name) => name.startsWith(place.prefix) && !name.startsWith('__'))
      const heads = await reader.heads(names.map((name) => name.slice(place.prefix.length)))
      const behind = () =>
        heads
          .map(({ topic, partition, first, next: end }) => ({
            topic,
            partition,
            next: next.get(`${topic}/${partition}`) ?? first,
            end,
          }))
          .filter((position) => position.next < position.end)
      for (let positions = behind(); positions.length > 0; positions = behind()) {
        for (const { topic, partition, upTo, records } of await reader.read(positions, { waitMs: 200 })) {
          const rows = records.map(({ offset, eventId, type, key, value }) => ({
            topic,
            partition,
            offset: String(offset),
            event_id: eventId,
            type,
            key,
            value: value.toString(),
          }))
          await sql`
            insert into bus.log (topic, partition, "offset", event_id, type, key, value)
            select * from json_to_recordset(${JSON.stringify(rows)}::text::json)
              as r(topic text, partition int, "offset" int8, event_id uuid, type text, key text, value text)
            on conflict do nothing`
          next.set(`${topic}/${partition}`, upTo)
        }
      }
      const ends = heads.map(({ topic, partition, first, next: end }) => ({
        topic,
        partition,
        first_offset: String(first),
        next_offset: String(end),
      }))
      await sql`
        insert into bus.heads (topic, partition, first_offset, next_offset)
        select * from json_to_recordset(${JSON.stringify(ends)}::text::json)
          as r(topic text, partition int, first_offset int8, next_offset int8)
        on conflict (topic, partition) do update set next_offset = excluded.next_offset`
    },
    async close() {
      await Promise.all([reader.close(), admin.close()].map((end) => end.catch(() => undefined)))
    },
  }
}
