/** The newest so many of what was put in; older ones fall out. */
export interface Ring<T> {
  push(item: T): void
  /** from the newest back */
  newest(): Iterable<T>
}

export function createRing<T>(most: number): Ring<T> {
  const items: T[] = []
  let next = 0
  return {
    push(item) {
      items[next] = item
      next = (next + 1) % most
    },
    *newest() {
      for (let back = 1; back <= items.length; back += 1) yield items[(next - back + most) % most] as T
    },
  }
}
