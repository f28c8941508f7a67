import type { Ticket } from '#kit/balance/breaker.ts'
import { Fleet } from '#kit/balance/fleet.ts'
import type { Instance } from '#kit/balance/instance.ts'
import type { CallEnd } from './call-end.ts'
import type { GrpcLine } from './lines.ts'

/** Who had less time than this and did not answer in it has not shown that they do not answer. */
const FAIR_MS = 1_000

/** A service that is called elsewhere: chooses the instance that gets the next call. */
export class Callee extends Fleet<GrpcLine> {
  /**
   * The less busy of two that take calls; after `tried`, that one only if no other does. Where none is known to be well, one is asked all the
   * same: nobody is worse off with a breaker than without. Undefined: those that could be asked have too much under way.
   */
  choose(tried?: Instance<GrpcLine>): Instance<GrpcLine> | undefined {
    const { instances } = this
    if (instances.length === 1 && !tried) return instances[0]!.hasRoom ? instances[0] : undefined
    const found = this.lessBusy(instances.filter((one) => one !== tried && one.takesMore))
    return found ?? (tried?.takesMore ? tried : this.#inNeed(tried))
  }

  /** The same for a stream, which is no trial: its end says nothing, and may be days away. */
  chooseForStream(): Instance<GrpcLine> | undefined {
    return this.lessBusy(this.instances.filter(({ breaker, hasRoom }) => breaker.state === 'closed' && hasRoom)) ?? this.#inNeed()
  }

  /** Not always the one that is due first: where all have too much to do, it would get the work of all. */
  #inNeed(tried?: Instance<GrpcLine>): Instance<GrpcLine> | undefined {
    if (this.instances.some(({ breaker }) => breaker.state === 'closed')) return undefined
    const able = this.instances.filter((one) => one !== tried && one.hasRoom)
    const ready = able.filter(({ breaker }) => breaker.state === 'half-open')
    return this.lessBusy(ready.length > 0 ? ready : able)
  }
}

/** What the end of a call says about the one that was called; `givenMs`: how long it might have taken. */
export function judge(instance: Instance<GrpcLine>, ticket: Ticket, end: CallEnd, givenMs: number): void {
  const { breaker } = instance
  if (end === 'answered') breaker.succeeded(ticket)
  else if (end === 'turned-away' || end === 'given-up' || (end === 'late' && givenMs < FAIR_MS)) breaker.forget(ticket)
  else {
    instance.failures += 1
    breaker.failed(ticket, end === 'refused')
  }
}
