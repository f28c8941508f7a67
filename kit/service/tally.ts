/** Counts by labels, in plain memory: where it is counted nothing of a metrics library has to be loaded. */
export interface Tally {
  add(labels: Readonly<Record<string, string>>, by?: number): void
  readings(): { labels: Record<string, string>; value: number }[]
}

export function createTally(): Tally {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>()
  return {
    add(labels, by = 1) {
      const key = Object.values(labels).join('\n')
      const known = counts.get(key)
      if (known) known.value += by
      else counts.set(key, { labels: { ...labels }, value: by })
    },
    readings: () => [...counts.values()],
  }
}
