export type BreakerState = 'closed' | 'half-open' | 'open'

export interface BreakerLimits {
  /** failures in a row that open it; default 5 */
  readonly failures?: number
  /** share of failures in the window that opens it, once `atLeast` calls were made; default 0.5 of 20 in 10,000 ms */
  readonly share?: number
  readonly atLeast?: number
  readonly windowMs?: number
  /** how long it stays open the first time; doubles up to `maxOpenMs`; defaults 1,000 and 30,000 ms */
  readonly openMs?: number
  readonly maxOpenMs?: number
}

const DEFAULTS = { failures: 5, share: 0.5, atLeast: 20, windowMs: 10_000, openMs: 1_000, maxOpenMs: 30_000 } as const

/** Given when a call begins and handed back with its outcome: an answer from before the last change of state says nothing any more. */
export type Ticket = number

/**
 * Keeps calls away from what does not answer. Closed: calls go through. Open: none does until `retryAt`; then somebody knocks
 * (`knocked`). Half-open: one call at a time is the trial; its success closes, its failure opens for twice as long. Who has no other choice may
 * call all the same: an open one is closed by a success, and made no worse by a failure.
 *
 * Own code instead of a library's, because the balancer has to ask "would you take one?" without making a call, callers must not queue
 * behind the trial while another instance is free, and Retry-After needs to know when the next knock is.
 */
export class Breaker {
  readonly #limits: () => Required<BreakerLimits>
  readonly #now: () => number
  readonly #onChange: (state: BreakerState) => void
  #state: BreakerState = 'closed'
  #ticket: Ticket = 0
  #trying = false
  #failuresInRow = 0
  #successes = 0
  #openings = 0
  #retryAt = 0
  #window = { until: 0, calls: 0, failures: 0 }

  constructor(
    limits: BreakerLimits | (() => BreakerLimits) = {},
    onChange: (state: BreakerState) => void = () => undefined,
    now = () => performance.now(),
  ) {
    if (typeof limits === 'function') this.#limits = () => ({ ...DEFAULTS, ...limits() })
    else {
      const fixed = { ...DEFAULTS, ...limits }
      this.#limits = () => fixed
    }
    this.#onChange = onChange
    this.#now = now
  }

  get state(): BreakerState {
    return this.#state
  }

  /** milliseconds until somebody may knock; 0 unless open */
  get waitMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#retryAt - this.#now()) : 0
  }

  get admits(): boolean {
    return this.#state === 'closed' || (this.#state === 'half-open' && !this.#trying)
  }

  begin(): Ticket {
    if (this.#state === 'half-open') this.#trying = true
    return this.#ticket
  }

  /** The call ended without saying anything about the other side: its caller went away. */
  forget(ticket: Ticket): void {
    if (ticket === this.#ticket) this.#trying = false
  }

  succeeded(ticket: Ticket): void {
    if (ticket !== this.#ticket) return
    if (this.#state !== 'closed') this.#enter('closed')
    this.#failuresInRow = 0
    this.#successes += 1
    if (this.#successes >= this.#limits().atLeast) this.#openings = 0
    this.#count(false)
  }

  /** `surely`: there is nobody, so that no second failure has to confirm it. */
  failed(ticket: Ticket, surely = false): void {
    if (ticket !== this.#ticket || this.#state === 'open') return
    this.#failuresInRow += 1
    this.#successes = 0
    this.#count(true)
    const { calls, failures } = this.#window
    const { share, atLeast, failures: inRow } = this.#limits()
    const tooMany = this.#failuresInRow >= inRow || (calls >= atLeast && failures / calls >= share)
    if (surely || tooMany || this.#state === 'half-open') this.#open()
  }

  /** Outcome of a knock on an open one. */
  knocked(answered: boolean): void {
    if (this.#state !== 'open') return
    if (answered) this.#enter('half-open')
    else this.#open()
  }

  #count(failure: boolean): void {
    const now = this.#now()
    if (now >= this.#window.until) this.#window = { until: now + this.#limits().windowMs, calls: 0, failures: 0 }
    this.#window.calls += 1
    if (failure) this.#window.failures += 1
  }

  #open(): void {
    const { openMs, maxOpenMs } = this.#limits()
    this.#retryAt = this.#now() + Math.min(maxOpenMs, openMs * 2 ** this.#openings)
    this.#openings += 1
    this.#enter('open')
  }

  #enter(state: BreakerState): void {
    this.#state = state
    this.#ticket += 1
    this.#trying = false
    this.#failuresInRow = 0
    this.#successes = 0
    this.#window = { until: 0, calls: 0, failures: 0 }
    this.#onChange(state)
  }
}
