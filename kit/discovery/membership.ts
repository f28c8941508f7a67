import type { EurekaClient, InstanceStatus, OwnInstance } from './eureka-client.ts'
import type { Logger } from '#kit/service/logger.ts'

export interface MembershipOptions {
  readonly client: Pick<EurekaClient, 'register' | 'renew' | 'cancel'>
  readonly instances: readonly OwnInstance[]
  readonly renewMs: number
  /** false while the process starts: it is registered, but gets no requests */
  readonly ready: () => boolean
  readonly log: Logger
}

export interface Membership {
  /** Leaves the registry, so that nobody is sent here any more. Does not fail. */
  leave(): Promise<void>
}

/** How often a process that starts looks whether it is ready. */
const STARTING_MS = 250
const LEAVE_MS = 2_000

/**
 * Registers what runs in this process and renews it until it leaves. A registry that is away or has forgotten us is told again: nobody waits for it, and
 * the order of starts does not matter.
 */
export function joinRegistry(options: MembershipOptions): Membership {
  const { client, instances, ready, log } = options
  /** what the registry was told last */
  const told = new Map<OwnInstance, InstanceStatus>()
  let left = false
  let reached = true
  let timer: NodeJS.Timeout | undefined

  async function tell(instance: OwnInstance): Promise<void> {
    const status: InstanceStatus = ready() ? 'UP' : 'STARTING'
    if (told.get(instance) === status && (await client.renew(instance))) return
    await client.register(instance, status)
    told.set(instance, status)
  }

  async function turn(): Promise<void> {
    try {
      await Promise.all(instances.map(tell))
      if (!reached) log.info({}, 'the registry answers again')
      reached = true
    } catch (error) {
      told.clear()
      if (reached) log.warn({ err: error }, 'the registry does not answer; this process tries again and works on')
      reached = false
    }
  }

  async function goOn(): Promise<void> {
    await turn()
    if (left) return
    const starting = instances.some((instance) => told.get(instance) === 'STARTING')
    const next = () => {
      round = goOn()
    }
    timer = setTimeout(next, starting ? Math.min(STARTING_MS, options.renewMs) : options.renewMs).unref()
  }
  let round = goOn()

  return {
    async leave() {
      left = true
      clearTimeout(timer)
      // A registration under way must not come after the farewell.
      const bound = new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())
      const farewell = round.then(() => Promise.allSettled([...told.keys()].map((instance) => client.cancel(instance))))
      await Promise.race([farewell, bound])
    },
  }
}
