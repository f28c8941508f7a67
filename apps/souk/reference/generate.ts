import { readdir, readFile } from 'node:fs/promises'
import { declaredErrors } from '#kit/core/errors.ts'
import type { EventDefinition } from '#kit/messaging/event.ts'
import { listPolicies } from '#kit/http/policy.ts'
import { assemble, type Assembly } from './assemble.ts'
import { clientTypes, type OpenApi } from './client-types.ts'
import { coveragePage } from './coverage-page.ts'
import { deployFiles } from './deploy-files.ts'
import { errorsPage } from './errors-page.ts'
import { eventConsumers } from './event-consumers.ts'
import { SCHEMA_FOLDER, schemaFiles } from './event-schemas.ts'
import { type EventFacts, eventsPage } from './events-page.ts'
import { protoFiles } from './proto-files.ts'
import { servicesPage } from './services-page.ts'
import { settingsPage } from './settings-page.ts'

/** What generated files say, by path from the root, and what they were made from. */
export interface Reference extends EventFacts {
  readonly files: ReadonlyMap<string, string>
}

/**
 * Every page under docs/, every schema under contracts/schemas/ and the client's types: all that is made from the code. Paths and contents depend on nothing but
 * the code, so a test can compare them with what is committed.
 */
export async function generateReference(root: URL): Promise<Reference> {
  const assembly = await assemble(root)
  try {
    const services = assembly.host.services.map(({ service }) => service)
    await importErrors(root)
    const events = await loadEvents(root)
    const consumers = eventConsumers(assembly)
    const files = new Map([
      ['docs/coverage.md', coveragePage(listPolicies(assembly.app))],
      ['docs/errors.md', errorsPage(declaredErrors())],
      ['docs/events.md', eventsPage({ events, services, consumers })],
      ['docs/services.md', servicesPage(services)],
      ['docs/settings.md', settingsPage(services)],
      ['packages/client/src/generated/operations.ts', clientTypes(await openApiOf(assembly.app))],
      ...schemaFiles(events),
      ...deployFiles(services),
      ...(await protoFiles(root)),
    ])
    return { files, events, services, consumers }
  } finally {
    await assembly.close()
  }
}

/** The schemas as they were published last: the committed files. */
export async function publishedSchemas(root: URL): Promise<Map<string, string>> {
  const folder = new URL(SCHEMA_FOLDER, root)
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  return new Map(
    await Promise.all(
      names.map(async (name) => [`${SCHEMA_FOLDER}${name}`, await readFile(new URL(name, folder), 'utf8')] as const),
    ),
  )
}

/** What `/v3/api-docs` answers, asked of the routes themselves. */
async function openApiOf(app: Assembly['app']): Promise<OpenApi> {
  return (await app.inject({ url: '/v3/api-docs' })).json()
}

/** Errors declare themselves when their file is loaded. */
async function importErrors(root: URL): Promise<void> {
  for (const folder of ['kit', 'contracts', 'services', 'processes', 'apps/souk']) {
    const files = await readdir(new URL(`${folder}/`, root), { recursive: true }).catch(() => [])
    for (const file of files.filter((name) => /(^|[/\\])errors\.ts$/.test(name)).sort()) {
      await import(new URL(`${folder}/${file.replaceAll('\\', '/')}`, root).href)
    }
  }
}

async function loadEvents(root: URL): Promise<EventDefinition[]> {
  const folder = new URL('contracts/events/', root)
  const files = (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
  const modules: Record<string, unknown>[] = await Promise.all(files.map((file) => import(new URL(file, folder).href)))
  const events = modules.flatMap((exports) => Object.values(exports)).filter(isEvent)
  return [...new Set(events)].sort((a, b) => (a.topic === b.topic ? (a.type < b.type ? -1 : 1) : a.topic < b.topic ? -1 : 1))
}

function isEvent(value: unknown): value is EventDefinition {
  return typeof value === 'function' && 'topic' in value && 'schema' in value && 'aggregate' in value
}
