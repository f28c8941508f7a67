import Type, { type Static, type TSchema } from 'typebox'
import { Nullable } from '#contracts/values.ts'
import { can, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Service } from '#kit/service/service.ts'
import { scrubText } from '#kit/service/scrub.ts'
import { isRefreshable } from '../live-settings.ts'
import { serviceTable } from '../service-table.ts'
import type { Setting } from '../setting.ts'
import { isSecret, serviceVariable, type Settings } from '../settings.ts'
import { settingsTable } from '../settings-table.ts'
import { across } from './across-processes.ts'
import type { OtherProcesses, Said } from './other-processes.ts'

const SettingLine = closed({
  name: Type.String({ description: 'environment variable' }),
  service: Nullable(Type.String({ description: 'null: of the platform' })),
  value: Nullable(Type.String({ description: 'null: not set. Secrets are never shown.' })),
  source: Type.String({ description: '`default`, `environment`, `configuration server`, or the other name it was given by' }),
  secret: Type.Boolean(),
  refreshable: Type.Boolean({ description: 'taken over while the shop runs' }),
  summary: Type.String(),
  processes: Type.Optional(
    Type.Array(Type.String(), { description: 'the only ones in which it is so; left out where all that have it agree' }),
  ),
})
type SettingLine = Static<typeof SettingLine>
const Lines = closed({ items: Type.Array(SettingLine) })
type Lines = Static<typeof Lines>

/** What a secret that is set looks like. */
const HIDDEN = '••••••••'

function shown(value: unknown, secret: boolean): string | null {
  if (value === undefined || value === null) return null
  if (secret) return HIDDEN
  return scrubText(Array.isArray(value) ? value.join(', ') : String(value))
}

/** Every setting of this process with what it is and where that comes from. Pure. */
function settingLines(settings: Settings, services: readonly Pick<Service, 'name' | 'settings'>[]): SettingLine[] {
  const sourceOf = (name: string): string => settings.sources[name] ?? 'default'
  const platform = Object.entries(settingsTable as Record<string, Setting>).map(([key, row]) => {
    const { env: name, secret = false, refreshable = false, summary } = row
    const value = shown((settings as unknown as Record<string, unknown>)[key], secret)
    return { name, service: null, value, source: sourceOf(name), secret, refreshable, summary }
  })
  const own = services.flatMap(({ name: service, settings: schema }) => {
    const { own: values = {}, ...databases } = settings.services[service] ?? {}
    const rows = Object.entries((schema?.properties ?? {}) as Record<string, TSchema & { description?: string }>).map(
      ([key, one]) => {
        const name = serviceVariable(service, key)
        const secret = isSecret(one)
        const facts = { secret, refreshable: isRefreshable(one) && !secret, summary: one.description ?? '' }
        return { name, service, value: shown(values[key], secret), source: sourceOf(name), ...facts }
      },
    )
    const places = Object.entries(serviceTable).flatMap(([key, { key: variable, summary }]) => {
      const value = (databases as Record<string, unknown>)[key]
      const name = serviceVariable(service, variable)
      if (value === undefined) return []
      return [{ name, service, value: HIDDEN, source: sourceOf(name), secret: true, refreshable: false, summary }]
    })
    return [...rows, ...places]
  })
  return [...platform, ...own]
}

/** The lines of all processes: each once, or where they differ once for every value and source. Pure. */
export function agreed(all: readonly Said<Lines>[]): SettingLine[] {
  const lines = all.flatMap(({ process, body }) => body.items.map((line) => ({ process, line })))
  const byName = Map.groupBy(lines, ({ line }) => line.name)
  return [...byName.values()].flatMap((those) => {
    const ways = [...Map.groupBy(those, ({ line: { value, source } }) => JSON.stringify([value, source])).values()]
    if (ways.length === 1) return those.slice(0, 1).map(({ line }) => line)
    return ways.map((same) => ({ ...same[0]!.line, processes: same.map(({ process }) => process).sort() }))
  })
}

interface SettingsViewDeps {
  readonly settings: Settings
  /** those that run here */
  readonly services: readonly Pick<Service, 'name' | 'settings'>[]
  readonly others?: OtherProcesses | undefined
}

/** How this installation is set up. */
export function settingsRoutes({ settings, services, others }: SettingsViewDeps): Route[] {
  const route: Route = get(
    '/api/admin/settings',
    {
      access: can('config:read'),
      summary: 'Settings of all processes of the shop, and where each comes from; secrets are never shown',
      response: across(Lines),
    },
    async (request) => {
      const own = { items: settingLines(settings, services) }
      if (!others || others.about(request.headers)) return own
      const { answers, unanswered } = await others.askEach<Lines>({ route, request })
      return { items: agreed([{ process: others.self, body: own }, ...answers]), unanswered: [...unanswered] }
    },
  )
  return [route]
}
