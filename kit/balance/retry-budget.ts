/**
 * Second attempts cost tokens, requests earn them: whatever breaks behind us, at most `share` of the load is added to it. A full bucket pays
 * for the requests that were in flight when an instance died.
 */
export class RetryBudget {
  readonly #share: () => number
  readonly #size: number
  #tokens: number

  /** `share`: retries per request in the long run (0.1); `size`: most that can be saved up; `start`: what a fresh process may spend */
  constructor({ share = (): number => 0.1, size = 100, start = 10 } = {}) {
    this.#share = share
    this.#size = size
    this.#tokens = share() > 0 ? Math.min(start, size) : 0
  }

  get tokens(): number {
    return this.#tokens
  }

  earn(): void {
    this.#tokens = Math.min(this.#size, this.#tokens + this.#share())
  }

  /** True when one more attempt may be made; it is paid for. */
  spend(): boolean {
    if (this.#share() === 0) this.#tokens = 0
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
