import { cacheMigrations } from '#kit/cache/change-list.ts'
import type { MigrationSet } from '#kit/db/migrations.ts'
import { messagingMigrations } from '#kit/messaging/schema-sets.ts'
import type { Service } from './service.ts'

/** What the kit needs in every service's schema, before the service's own tables. */
const kitSets: readonly MigrationSet[] = [
  messagingMigrations,
  { name: 'http', folder: new URL('../http/migrations/', import.meta.url) },
  cacheMigrations,
  { name: 'process', folder: new URL('../process/migrations/', import.meta.url) },
]

/** Migrations of one service's schema, in the order they run. */
export function migrationSets(service: Pick<Service, 'name' | 'migrations'>): readonly MigrationSet[] {
  return service.migrations ? [...kitSets, { name: service.name, folder: service.migrations }] : kitSets
}

/** The login role of a service. */
export function roleOf(service: Pick<Service, 'name'>): string {
  return `souk_${service.name}`
}
