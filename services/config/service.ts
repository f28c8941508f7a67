import { createDeps, type Deps } from './deps.ts'
import { watchRepository } from './jobs/watch.ts'
import { cipherRoutes } from './routes/ciphers.ts'
import { environmentRoutes } from './routes/environments.ts'
import { refreshRoute } from './routes/refresh.ts'
import { configCalls } from './rpc.ts'
import { Settings } from './settings.ts'
import { ConfigRefreshed } from '#contracts/events/config.ts'
import { defineService } from '#kit/service/service.ts'

export const service = defineService<Deps, typeof Settings>({
  name: 'config',
  port: 8888,
  kind: 'infra',
  summary: 'The configuration of every application, by profile and label, in the words of Spring Cloud Config.',
  // before the registry: that has settings too
  apart: { order: 1, tells: { CONFIG_URL: '{url}/config/' } },
  settings: Settings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createDeps,
  routes: (deps) => [
    ...(deps.alone ? ['/config', ''] : ['/config']).flatMap((root) => [
      ...environmentRoutes(deps, root),
      ...cipherRoutes(deps, root),
    ]),
    refreshRoute(deps),
  ],
  rpc: configCalls,
  jobs: (deps) => [watchRepository(deps)],
  publishes: [ConfigRefreshed],
  health: async ({ repository }) => {
    const { version, files } = await repository.at(undefined)
    return { version, files: files.length }
  },
})
