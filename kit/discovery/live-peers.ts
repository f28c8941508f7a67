import type { EurekaClient, FoundInstance } from './eureka-client.ts'
import type { Peer, Peers } from '#kit/balance/instance.ts'
import type { Logger } from '#kit/service/logger.ts'

/** Release of an instance that says none. */
const MAIN = 'main'
/** A list with fewer than half of those we knew, or with nobody of a service, is believed when it has been told for this long. */
const DOUBT = 0.5
const DOUBT_MS = 10_000

export interface LivePeersOptions {
  /** services that run elsewhere → where they are when the registry knows nobody: their usual addresses */
  readonly usual: Peers
  /** instances that are named in the settings; they stay, whatever the registry says */
  readonly named: Peers
  /** undefined: there is no registry; what is named is all there is */
  readonly client: Pick<EurekaClient, 'instances'> | undefined
  /** from one question to the next, at least; a registry that can wait answers later, when something changes */
  readonly everyMs: number
  /** default 10,000 */
  readonly doubtMs?: number
  readonly log: Logger
}

/** Where services are that run elsewhere, kept up to date. The list of a service is replaced, never changed: who holds the old one can tell. */
export interface LivePeers {
  readonly peers: Peers
  /** other instances are named than before */
  name(named: Peers): void
  /** Asks once, and then again and again, or waits where the registry can. Returns after the first answer, or when it takes too long. */
  open(patienceMs: number): Promise<void>
  close(): void
}

/**
 * Follows the registry. While it does not answer, what was known holds on. A registry that has just lost its memory tells of nobody, or of few: by the
 * time that is believed, everybody has registered again. So has the only instance of a service that had too much to do for its renewals: until then
 * nobody is better than the one we knew.
 */
export function followRegistry(options: LivePeersOptions): LivePeers {
  const { usual, client, log, doubtMs = DOUBT_MS } = options
  const peers = new Map<string, readonly Peer[]>()
  let named = options.named
  let found: readonly FoundInstance[] = []
  let doubted: { readonly told: readonly FoundInstance[]; readonly since: number } | undefined
  /** service of which nobody is told any more → since when */
  const missed = new Map<string, number>()
  let last: readonly FoundInstance[] = []
  let reached = true
  let asking: AbortController | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function settle(): void {
    const byApp = Map.groupBy(found, ({ app }) => app)
    for (const [service, where] of usual) {
      const told = (byApp.get(service) ?? []).map(({ url, metadata }) => ({ url, version: metadata['version'] ?? MAIN }))
      const all = unique([...(named.get(service) ?? []), ...told])
      const list = all.length > 0 ? all : where
      const before = peers.get(service)
      if (before && same(before, list)) continue
      peers.set(service, list)
      if (before) log.info({ peer: service, instances: list.map(({ url }) => url) }, 'instances of a service came or went')
    }
  }

  function take(answer: readonly FoundInstance[]): void {
    const told = answer.filter(({ app }) => usual.has(app))
    const now = performance.now()
    const gone = missing(told, now)
    if (told.length < found.length * DOUBT) {
      doubted = { told, since: doubted?.since ?? now }
      if (now - doubted.since < doubtMs) return
    }
    doubted = undefined
    last = told
    found = [...told, ...gone.filter(({ app }) => now - missed.get(app)! < doubtMs)]
    settle()
  }

  /** Those we knew of services of which nobody is told. Since when is noted also while the whole list is doubted: one doubt is enough. */
  function missing(told: readonly FoundInstance[], now: number): FoundInstance[] {
    const there = new Set(told.map(({ app }) => app))
    const gone = found.filter(({ app }) => !there.has(app))
    for (const app of missed.keys()) if (!gone.some((one) => one.app === app)) missed.delete(app)
    for (const { app } of gone) if (!missed.has(app)) missed.set(app, now)
    return gone
  }

  async function turn(registry: Pick<EurekaClient, 'instances'>): Promise<void> {
    asking = new AbortController()
    // what is doubted is believed by the clock, and not when something changes
    const wait = !doubted && missed.size === 0
    try {
      const answer = await registry.instances({ wait, signal: asking.signal })
      if (answer) take(answer)
      else if (doubted) take(doubted.told)
      else if (missed.size > 0) take(last)
      if (!reached) log.info({}, 'the registry answers again')
      reached = true
    } catch (error) {
      if (closed) return
      if (reached) log.warn({ err: error }, 'the registry does not answer; the instances known before stay')
      reached = false
    }
  }

  async function goOn(registry: Pick<EurekaClient, 'instances'>): Promise<void> {
    const asked = performance.now()
    await turn(registry)
    const rest = Math.max(0, asked + options.everyMs - performance.now())
    if (!closed) timer = setTimeout(() => void goOn(registry), rest).unref()
  }

  settle()
  return {
    peers,
    name(now) {
      named = now
      settle()
    },
    async open(patienceMs) {
      if (!client) return
      const first = goOn(client)
      await Promise.race([first, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())])
    },
    close() {
      closed = true
      clearTimeout(timer)
      asking?.abort()
    },
  }
}

/** Of two at the same address the first: what is named in the settings. */
function unique(list: readonly Peer[]): Peer[] {
  const byUrl = new Map<string, Peer>()
  for (const peer of list) if (!byUrl.has(peer.url)) byUrl.set(peer.url, peer)
  return [...byUrl.values()]
}

function same(a: readonly Peer[], b: readonly Peer[]): boolean {
  const sorted = (list: readonly Peer[]) => list.map(({ url, version }) => `${url} ${version}`).sort()
  return a.length === b.length && sorted(a).every((one, index) => one === sorted(b)[index])
}
