import { openDb } from './open.ts'
import { quoteIdentifier } from './roles.ts'
import { onSharedCatalog } from './shared-catalog.ts'
import { databaseOf, withDatabase } from './url.ts'

/** `('postgres://…/souk', 'orders')` → `postgres://…/souk_orders` */
export function ownDatabaseUrl(mainUrl: string, service: string): string {
  return withDatabase(mainUrl, `${databaseOf(mainUrl)}_${service.replaceAll('-', '_')}`)
}

/** Makes the databases that are missing on the server of `mainUrl`. Needs the right to do so; safe beside others who do the same. */
export async function createDatabases(mainUrl: string, urls: readonly string[]): Promise<void> {
  const wanted = urls.map(databaseOf)
  const admin = openDb({
    url: mainUrl,
    schema: 'public',
    applicationName: 'souk prepare',
    max: 1,
    timeouts: { connect: 5_000, statement: 60_000, answer: 60_000 },
  })
  const missing = async () => {
    const found = await admin.sql<
      { name: string }[]
    >`select datname::text as name from pg_database where datname = any(${wanted})`
    return wanted.filter((name) => !found.some((row) => row.name === name))
  }
  try {
    await onSharedCatalog(async () => {
      for (const name of await missing()) await admin.sql.unsafe(`create database ${quoteIdentifier(name)}`)
    })
  } finally {
    await admin.close()
  }
}
