/** What is left of a client's budget after one more request. */
export interface RateState {
  /** false: over the limit, refuse */
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** seconds until the budget is full again */
  readonly resetSeconds: number
}

/** Where budgets are counted. `memory` here; a store shared by several processes can stand in its place. */
export interface RateStore {
  take(key: string, max: number, windowSeconds: number): RateState | Promise<RateState>
}

interface Window {
  used: number
  /** epoch milliseconds */
  endsAt: number
}

/**
 * Counts in this process. A client's window opens with its first request. At most `capacity` clients are kept: when full,
 * closed windows go first, then the oldest, so that a flood of addresses cannot fill the memory.
 */
export function memoryRateStore(capacity = 100_000, now: () => number = Date.now): RateStore {
  const windows = new Map<string, Window>()
  const makeRoom = (time: number): void => {
    for (const [key, window] of windows) if (window.endsAt <= time) windows.delete(key)
    for (const key of windows.keys()) {
      if (windows.size < capacity * 0.9) break
      windows.delete(key)
    }
  }
  return {
    take(key, max, windowSeconds) {
      const time = now()
      let window = windows.get(key)
      if (!window || window.endsAt <= time) {
        if (!window && windows.size >= capacity) makeRoom(time)
        window = { used: 0, endsAt: time + windowSeconds * 1000 }
        windows.set(key, window)
      }
      window.used += 1
      return {
        allowed: window.used <= max,
        limit: max,
        remaining: Math.max(0, max - window.used),
        resetSeconds: Math.ceil((window.endsAt - time) / 1000),
      }
    },
  }
}

/**
 * The client an address stands for: IPv4 as it is (also when written as IPv6), IPv6 by its /64, since one household or
 * server gets 2^64 of them. A port that a proxy left behind is dropped.
 */
export function clientOfAddress(address: string): string {
  let text = address.trim().toLowerCase()
  if (text.startsWith('[')) text = text.slice(1, text.indexOf(']') < 0 ? undefined : text.indexOf(']'))
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(text)?.[1]
  if (mapped) return mapped
  if (!text.includes(':')) return text
  if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(text)) return text.slice(0, text.indexOf(':'))
  const [head = '', tail] = (text.split('%')[0] as string).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].slice(0, 4)
  return `${groups.map((group) => (Number.parseInt(group, 16) || 0).toString(16)).join(':')}::/64`
}
