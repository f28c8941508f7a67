import type { InstanceState } from './instance.ts'

/** Whether a service that runs elsewhere gets requests: closed when one of its instances does. */
export interface Circuit {
  readonly service: string
  readonly state: 'closed' | 'half-open' | 'open'
  readonly instances: number
  readonly open: number
}

/** What the breakers of all instances mean for each service. */
export function circuitsOf(states: readonly InstanceState[]): Circuit[] {
  return [...Map.groupBy(states, ({ service }) => service)].map(([service, list]) => {
    const open = list.filter(({ breaker }) => breaker === 'open').length
    const closed = list.some(({ breaker }) => breaker === 'closed')
    return { service, state: closed ? 'closed' : open === list.length ? 'open' : 'half-open', instances: list.length, open }
  })
}
