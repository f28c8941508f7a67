import type { TSchema } from 'typebox'
import type { Service } from '#kit/service/service.ts'
import { describeSchema } from '../setting-value.ts'
import { isRefreshable } from '../live-settings.ts'
import { isSecret, serviceVariable } from '../settings.ts'
import { aliases, refused, valueAliases } from '../settings-aliases.ts'
import type { Setting } from '../setting.ts'
import { settingsTable } from '../settings-table.ts'
import { serviceTable } from '../service-table.ts'
import { code, page, table } from './markdown.ts'

const REFRESHABLE = ' ↻'

const head = ['Variable', 'Default', 'Value', 'What it does']

export function settingsPage(services: readonly Service[]): string {
  const own = services.map((service) => [service.name, ownRows(service)] as const).filter(([, rows]) => rows.length > 0)
  return page(
    'Settings',
    'Settings come from the environment, are read once at the start and checked: a wrong one stops the start with a line that says what to write. None is needed to begin. An empty variable counts as not set. 🔒 marks values that are never shown or logged; ↻ those that are taken over while the shop runs, when a [configuration server](how-to-configure-from-a-server.md) has other ones.',
    table(head, Object.values(settingsTable as Record<string, Setting>).map(row)),
    '## For each service\n\n`<SERVICE>` is the name of a service in upper case: `ORDERS_DATABASE_URL`.',
    table(
      head,
      Object.values(serviceTable).map(({ key, schema, defaultText, summary }) =>
        row({ env: `<SERVICE>_${key}`, schema, defaultText, summary, secret: true }),
      ),
    ),
    ...own.flatMap(([name, rows]) => [`### ${name}`, table(head, rows)]),
    '## Other names that are understood',
    table(
      ['Variable', 'Stands for', 'How'],
      aliases.map(({ env, stands, summary }) => [code(env), code(stands), summary]),
    ),
    table(
      ['Variable', 'Value', 'Means'],
      Object.entries(valueAliases).flatMap(([env, words]) =>
        Object.entries(words).map(([word, means]) => [code(env), code(word), code(means)]),
      ),
    ),
    '## Refused',
    table(
      ['Variable', 'Because'],
      Object.entries(refused).map(([env, reason]) => [code(env), `${reason}.`]),
    ),
  )
}

function row({ env, schema, default: preset, defaultText, secret, refreshable, summary }: Setting): string[] {
  const standard = defaultText ?? (preset === undefined ? 'none' : code(String(preset)))
  return [`${code(env)}${secret ? ' 🔒' : ''}${refreshable ? REFRESHABLE : ''}`, standard, describeSchema(schema), summary]
}

function ownRows(service: Service): string[][] {
  const properties = (service.settings?.properties ?? {}) as Record<string, TSchema & { default?: unknown; description?: string }>
  return Object.entries(properties).map(([key, schema]) =>
    row({
      env: serviceVariable(service.name, key),
      schema,
      default: schema.default as never,
      secret: isSecret(schema),
      refreshable: isRefreshable(schema),
      summary: schema.description ?? '',
    }),
  )
}
