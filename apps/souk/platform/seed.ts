import type { Host } from '#kit/service/host.ts'
import type { Marks } from './marks.ts'

export const DEMO = 'demo data'

export interface SeedOptions {
  readonly signal: AbortSignal
  /** a service that has demo data has it now */
  readonly onService?: (service: string, milliseconds: number) => void
}

/** Demo data of all services in the order of their ports; noted in the database when all of it is there. Safe to repeat. */
export async function seedServices(host: Host, marks: Marks, { signal, onService }: SeedOptions): Promise<void> {
  const services = host.services.filter(({ service }) => service.seed).sort((a, b) => a.service.port - b.service.port)
  for (const service of services) {
    signal.throwIfAborted()
    const begun = performance.now()
    await service.seed()
    onService?.(service.name, Math.round(performance.now() - begun))
  }
  await host.flush()
  await marks.set(DEMO)
}
