/** Kafka's default number of partitions of a topic in this house; the log knows a topic's own number. */
export const DEFAULT_PARTITIONS = 12

const MULTIPLIER = 0x5bd1e995
const SEED = 0x9747b28c

/** MurmurHash2, 32 bit, as Kafka's Java clients compute it over the key's UTF-8 bytes. Signed. */
export function murmur2(bytes: Buffer): number {
  const length = bytes.length
  let hash = SEED ^ length
  let index = 0
  for (; index + 4 <= length; index += 4) {
    let word = Math.imul(bytes.readInt32LE(index), MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  const rest = length - index
  if (rest === 3) hash ^= bytes[index + 2]! << 16
  if (rest >= 2) hash ^= bytes[index + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[index]!, MULTIPLIER)
  hash ^= hash >>> 13
  hash = Math.imul(hash, MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** The partition of a key: the same one Kafka's Java producer picks, so logs can move between drivers. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}
