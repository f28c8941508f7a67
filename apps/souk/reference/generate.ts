import { readdir } from 'node:fs/promises'
import { declaredErrors } from '#kit/core/errors.ts'
import type { EventDefinition } from '#kit/messaging/event.ts'
import { loadServices } from '../load.ts'
import { errorsPage } from './errors-page.ts'
import { eventsPage } from './events-page.ts'
import { servicesPage } from './services-page.ts'
import { settingsPage } from './settings-page.ts'

/**
 * Every page under docs/ that is made from the code, by its path from the root. Paths and contents depend on nothing but the code, so
 * a test can compare them with what is committed.
 */
export async function generateReference(root: URL): Promise<Map<string, string>> {
  const services = (await loadServices({ root })).map((loaded) => loaded.service).sort((a, b) => a.port - b.port)
  await importErrors(root)
  const events = await loadEvents(root)
  return new Map([
    ['docs/errors.md', errorsPage(declaredErrors())],
    ['docs/events.md', eventsPage(events, services)],
    ['docs/services.md', servicesPage(services)],
    ['docs/settings.md', settingsPage(services)],
  ])
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
