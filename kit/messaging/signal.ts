/** Lets a loop sleep until something happens. A raise while the loop is working is remembered, so none is missed. */
export interface Signal {
  raise(): void
  /** Forgets earlier raises: what they told of is looked at now. */
  lower(): void
  /** Resolves at the next raise (at once if there was one since the last wait) or after `timeoutMs`. True if raised. */
  wait(timeoutMs: number): Promise<boolean>
}

export function createSignal(): Signal {
  let raised = false
  let wakeUp: (() => void) | undefined
  return {
    raise() {
      raised = true
      wakeUp?.()
    },
    lower() {
      raised = false
    },
    wait(timeoutMs) {
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer)
          wakeUp = undefined
          const result = raised
          raised = false
          resolve(result)
        }
        const timer = setTimeout(finish, timeoutMs)
        if (raised) finish()
        else wakeUp = finish
      })
    },
  }
}
