import type { Sql } from '#kit/db/db.ts'
import type { MigrationSet } from '#kit/db/migrations.ts'
import { quoteIdentifier } from '#kit/db/roles.ts'

/** Every service's schema: outbox, inbox, cursors, parked events. */
export const messagingMigrations: MigrationSet = { name: 'messaging', folder: new URL('./migrations/', import.meta.url) }
/** Schema `bus` of the database of BUS_URL. */
export const busMigrations: MigrationSet = { name: 'bus', folder: new URL('./bus-migrations/', import.meta.url) }

export interface RelayRole {
  /** an existing login role, `souk_relay` */
  readonly role: string
  /** schemas with an outbox */
  readonly schemas: readonly string[]
  /** schema `bus` is in this database, so the relay writes the log itself */
  readonly bus: boolean
}

/** Lets the relay's role read and delete outbox rows and write the log, and nothing else. As admin, after the migrations; idempotent. */
export async function grantRelay(admin: Sql, { role, schemas, bus }: RelayRole): Promise<void> {
  const name = quoteIdentifier(role)
  const statements = schemas.map((schema) => {
    const quoted = quoteIdentifier(schema)
    return `grant usage on schema ${quoted} to ${name}; grant select, delete on ${quoted}.outbox to ${name};`
  })
  if (bus) {
    statements.push(
      `grant usage on schema bus to ${name};`,
      `grant select on bus.installation to ${name};`,
      `grant select, insert on bus.topics, bus.log to ${name};`,
      `grant select, insert, update on bus.heads, bus.relays, bus.cdc_progress to ${name};`,
    )
  }
  await admin.begin((tx) => tx.unsafe(statements.join('\n')))
}
