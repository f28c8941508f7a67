export interface BoundedMemory<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

/** Remembers what fits into `most`, in whatever unit `sizeOf` counts; what was set longest ago goes first. */
export function boundedMemory<V>(most: number, sizeOf: (value: V) => number): BoundedMemory<V> {
  const kept = new Map<string, V>()
  let size = 0
  const forget = (key: string): void => {
    const value = kept.get(key)
    if (value !== undefined) size -= sizeOf(value)
    kept.delete(key)
  }
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      forget(key)
      kept.set(key, value)
      size += sizeOf(value)
      for (const oldest of kept.keys()) {
        if (size <= most) break
        forget(oldest)
      }
    },
  }
}
