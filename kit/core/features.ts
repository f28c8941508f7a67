import { hash } from 'node:crypto'

/** Things that can be switched on and off while the shop runs, for everybody or for a share of those who ask. */
export interface Features {
  /**
   * Whether a feature is on; one that nobody named is off. `who`: a user or a cart; with `name=25` a quarter of them has it, the same ones each time, and
   * more when the share grows.
   */
  on(name: string, who?: string): boolean
  /** every feature that is named, with its share in percent */
  list(): ReadonlyMap<string, number>
}

/** Features by the setting FEATURES: `name`, `name=true`, `name=false`, `name=25`. Asked anew each time: the setting may change. */
export function createFeatures(texts: () => readonly string[]): Features {
  let read: { readonly texts: readonly string[]; readonly shares: ReadonlyMap<string, number> } | undefined
  const shares = () => {
    const now = texts()
    if (read?.texts !== now) read = { texts: now, shares: new Map(now.map(shareOf)) }
    return read.shares
  }
  return {
    on(name, who) {
      const share = shares().get(name) ?? 0
      if (share >= 100) return true
      return share > 0 && who !== undefined && placeOf(name, who) < share
    },
    list: shares,
  }
}

function shareOf(text: string): [string, number] {
  const [name = '', value = 'true'] = text.split(/=(.*)/s, 2)
  return [name, value === 'true' ? 100 : value === 'false' ? 0 : Number(value)]
}

/** 0–99.99, evenly spread and the same in every process. */
const placeOf = (name: string, who: string): number => (hash('sha256', `${name} ${who}`, 'buffer').readUInt32BE(0) % 10_000) / 100
