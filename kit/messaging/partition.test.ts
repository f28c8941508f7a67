import { expect, test } from 'vitest'
import { murmur2, partitionOf } from './partition.ts'

test('keys land in the partition a Java Kafka producer would pick', () => {
  const vectors: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [key, hash] of vectors) expect(murmur2(Buffer.from(key)), key).toBe(hash)
})

test('every key has a partition within the topic, also in other scripts', () => {
  for (const key of ['', 'ä', '注文', '🛒'.repeat(9), 'x'.repeat(1000)]) {
    const partition = partitionOf(key, 12)
    expect(partition).toBeGreaterThanOrEqual(0)
    expect(partition).toBeLessThan(12)
  }
})
