import { Breaker, type BreakerLimits, type BreakerState } from './breaker.ts'

/** Where a service answers that does not run in this process. */
export interface Peer {
  /** `http://10.0.0.7:8086` */
  readonly url: string
  /** label of its release, for canary and blue/green; `main` where nobody says otherwise */
  readonly version: string
}

/** Services that run elsewhere, each with its instances. A list may be replaced by another while we run, but never changes. */
export type Peers = ReadonlyMap<string, readonly Peer[]>

export interface InstanceState {
  readonly service: string
  readonly url: string
  readonly version: string
  readonly breaker: BreakerState
  readonly inFlight: number
  readonly requests: number
  readonly failures: number
}

/** The way to an instance. */
export interface Line {
  /** Whether it says that it takes requests. */
  ready(): Promise<boolean>
  /** Lets its connections go, and with them what is under way. */
  close(): Promise<void>
}

export interface InstanceOptions<L extends Line> {
  readonly service: string
  readonly peer: Peer
  readonly connect: (url: string) => L
  readonly maxInFlight: () => number
  readonly breaker: BreakerLimits | (() => BreakerLimits)
  readonly onChange: (instance: Instance<L>, state: BreakerState) => void
}

/** One process behind us: the way to it, what is in flight to it, and whether it may be asked. */
export class Instance<L extends Line = Line> {
  readonly service: string
  readonly peer: Peer
  readonly breaker: Breaker
  failures = 0
  readonly #options: InstanceOptions<L>
  #inFlight = 0
  #requests = 0
  #line: L | undefined
  #knock: NodeJS.Timeout | undefined
  #retired = false
  #closed = false

  constructor(options: InstanceOptions<L>) {
    this.#options = options
    this.service = options.service
    this.peer = options.peer
    this.breaker = new Breaker(options.breaker, (state) => {
      if (this.#retired) return
      options.onChange(this, state)
      if (state === 'open') this.#knockLater()
    })
  }

  get line(): L {
    this.#line ??= this.#options.connect(this.peer.url)
    return this.#line
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get hasRoom(): boolean {
    return this.#inFlight < this.#options.maxInFlight()
  }

  get takesMore(): boolean {
    return this.breaker.admits && this.hasRoom
  }

  get state(): InstanceState {
    const { service, peer, failures } = this
    const { url, version } = peer
    return { service, url, version, breaker: this.breaker.state, inFlight: this.#inFlight, requests: this.#requests, failures }
  }

  /** One more is under way to it. Whoever enters leaves. */
  enter(): void {
    this.#inFlight += 1
    this.#requests += 1
  }

  leave(): void {
    this.#inFlight -= 1
    if (this.#retired && this.#inFlight === 0) void this.close()
  }

  /** It gets nothing more; what is under way is finished. */
  retire(): void {
    clearTimeout(this.#knock)
    this.#retired = true
    if (this.#inFlight === 0) void this.close()
  }

  async close(): Promise<void> {
    clearTimeout(this.#knock)
    this.#retired = true
    if (this.#closed) return
    this.#closed = true
    await this.#line?.close()
  }

  /** Asks whether it is ready again, so that no caller has to find out. A caller's request is the trial only after that. */
  #knockLater(): void {
    clearTimeout(this.#knock)
    this.#knock = setTimeout(() => {
      this.line.ready().then(
        (answered) => this.breaker.knocked(answered),
        () => this.breaker.knocked(false),
      )
    }, this.breaker.waitMs).unref()
  }
}
