import type { FaultSource } from './faults.ts'
import type { Forwarder } from './forward/forwarder.ts'

/** What a service that stands before the others brings to the HTTP face of its process. */
export interface Door {
  /** where services run in other processes */
  readonly forwarder?: Forwarder | undefined
  /** where requests may be made to fail on purpose */
  readonly faults?: FaultSource | undefined
}
