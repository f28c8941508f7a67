import type { RouteRequest } from '#kit/http/route.ts'
import type { RunningService } from '#kit/service/host.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Platform } from '../platform/platform.ts'
import { errors } from './errors.ts'
import type { EventFlow } from './event-flow.ts'
import type { OtherProcesses } from './other-processes.ts'

export interface OperationsDeps {
  readonly platform: Pick<Platform, 'host' | 'bus'>
  readonly flow: () => Promise<EventFlow>
  readonly log: Logger
  /** undefined: every service runs here */
  readonly others?: OtherProcesses | undefined
  /** process → the service that keeps its flows, wherever that runs */
  readonly homes: ReadonlyMap<string, string>
}

type Asking = Pick<RouteRequest, 'headers'>

/** Services of this process that a request is about: all, or those that another process of ours asks for. */
export function servicesFor(
  { platform, others }: Pick<OperationsDeps, 'platform' | 'others'>,
  { headers }: Asking,
): readonly RunningService[] {
  const about = others?.about(headers)
  const { services } = platform.host
  return about ? services.filter(({ name }) => about.includes(name)) : services
}

/** The service of that name in this process; throws where it runs elsewhere, or is none. */
export function serviceHere({ platform }: Pick<OperationsDeps, 'platform'>, group: string): RunningService {
  const found = platform.host.services.find(({ name }) => name === group)
  if (!found) throw errors.noSuchGroup({ group })
  return found
}

/** How events and flows of those services stand. */
export async function flowFor(deps: Pick<OperationsDeps, 'flow' | 'others'>, { headers }: Asking): Promise<EventFlow> {
  const about = deps.others?.about(headers)
  const flow = await deps.flow()
  if (!about) return flow
  return {
    services: flow.services.filter(({ service }) => about.includes(service)),
    silent: flow.silent.filter((service) => about.includes(service)),
  }
}
