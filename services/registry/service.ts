import { createDeps, type Deps } from './deps.ts'
import { dashboardRoute } from './routes/dashboard.ts'
import { instanceRoutes } from './routes/instances.ts'
import { lookupRoutes } from './routes/lookups.ts'
import { Settings } from './settings.ts'
import { defineService } from '#kit/service/service.ts'

/** The addresses of the protocol: Spring's, and the one that older clients begin with. */
const ROOTS = ['/eureka', '/eureka/v2'] as const

export const service = defineService<Deps, typeof Settings>({
  name: 'registry',
  port: 8761,
  kind: 'infra',
  summary: 'Who runs where: instances register, renew and are looked up, in the words of the Eureka protocol.',
  apart: { order: 2, tells: { REGISTRY_URL: '{url}/eureka/' } },
  settings: Settings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createDeps,
  routes: (deps) => [
    ...ROOTS.flatMap((root) => [...lookupRoutes(deps, root), ...instanceRoutes(deps, root)]),
    dashboardRoute(deps),
  ],
  open: async ({ fleet }) => {
    await fleet.open()
    return { letGo: () => fleet.letGo(), close: () => fleet.close() }
  },
  health: async ({ fleet }) => {
    const entries = fleet.entries()
    const up = entries.filter(({ status }) => status === 'UP').length
    return { instances: entries.length, up, ...(fleet.census.preserving ? { preserving: true } : {}), stored: fleet.stored }
  },
})
