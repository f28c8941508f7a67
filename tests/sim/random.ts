/** A stream of pseudo-random numbers: the same seed, the same stream, on every machine (xoshiro128**, seeded by splitmix32). */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number
  /** whole number, both ends included */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  bytes(count: number): Buffer
}

export function createRandom(seed: number): Random {
  let mixed = seed >>> 0
  const mix = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0
    let z = mixed
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  const s = [mix(), mix(), mix(), mix()] as [number, number, number, number]
  const rotate = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0
  const word = (): number => {
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotate(s[3], 11)
    return result
  }
  const next = (): number => word() / 0x1_0000_0000
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => probability > 0 && next() < probability,
    pick: (from) => from[Math.floor(next() * from.length)]!,
    bytes(count) {
      const bytes = Buffer.alloc(count)
      for (let at = 0; at < count; at += 1) bytes[at] = word() >>> 24
      return bytes
    },
  }
}
