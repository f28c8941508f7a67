import type { TSchema } from 'typebox'
import type { Service } from '#kit/service/service.ts'
import { isSecret, serviceVariable, type Settings } from './settings.ts'
import type { Setting } from './setting.ts'
import { settingsTable } from './settings-table.ts'

/** Names of variables. */
export interface Applied {
  readonly changed: readonly string[]
  /** other than before, but only a new start takes them over */
  readonly waiting: readonly string[]
}

/** Settings of which some may change while we run. */
export interface LiveSettings {
  /** whoever reads a refreshable setting when it is needed gets the one of now */
  readonly settings: Settings
  /** Takes over what may change. */
  apply(next: Settings): Applied
}

export const isRefreshable = (schema: TSchema): boolean => (schema as { refreshable?: boolean }).refreshable === true

/** Makes settings whose refreshable parts can be exchanged. */
export function liveSettings(initial: Settings, services: readonly Pick<Service, 'name' | 'settings'>[]): LiveSettings {
  const { services: ofAll, sources: before, ...ofPlatform } = initial
  let sources = before
  const platform = slots(
    ofPlatform,
    Object.entries(settingsTable as Record<string, Setting>).map(
      ([key, { env, refreshable }]) => [key, env, refreshable === true] as const,
    ),
  )
  const own = new Map(
    services.map(({ name, settings }) => {
      const properties = Object.entries((settings?.properties ?? {}) as Record<string, TSchema>)
      const values = (ofAll[name]?.own ?? {}) as Record<string, unknown>
      return [
        name,
        slots(
          values,
          properties.map(
            ([key, schema]) => [key, serviceVariable(name, key), isRefreshable(schema) && !isSecret(schema)] as const,
          ),
        ),
      ] as const
    }),
  )
  const ofServices = Object.fromEntries(
    Object.entries(ofAll).map(([name, all]) => [name, { ...all, own: own.get(name)?.view ?? all.own }]),
  )
  Object.defineProperty(platform.view, 'services', { value: ofServices, enumerable: true })
  Object.defineProperty(platform.view, 'sources', { get: () => sources, enumerable: true })
  return {
    settings: platform.view as unknown as Settings,
    apply(next) {
      sources = next.sources
      const results = [platform.apply(next as unknown as Record<string, unknown>)]
      for (const [name, one] of own) results.push(one.apply((next.services[name]?.own ?? {}) as Record<string, unknown>))
      return { changed: results.flatMap(({ changed }) => changed), waiting: results.flatMap(({ waiting }) => waiting) }
    },
  }
}

type Slot = readonly [key: string, env: string, refreshable: boolean]

function slots(initial: Record<string, unknown>, known: readonly Slot[]) {
  const values = { ...initial }
  const view: Record<string, unknown> = {}
  for (const key of Object.keys(initial)) {
    Object.defineProperty(view, key, { get: () => values[key], enumerable: true })
  }
  return {
    view,
    apply(next: Record<string, unknown>): Applied {
      const different = known.filter(([key]) => JSON.stringify(values[key]) !== JSON.stringify(next[key]))
      const changed = different.filter(([, , refreshable]) => refreshable)
      for (const [key] of changed) values[key] = next[key]
      return {
        changed: changed.map(([, env]) => env),
        waiting: different.filter(([, , refreshable]) => !refreshable).map(([, env]) => env),
      }
    },
  }
}
