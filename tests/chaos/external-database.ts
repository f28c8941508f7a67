import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import type { PostgresSettings } from '#kit/db/embedded-config.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'

/** A PostgreSQL that is not the shop's own: the harness starts it, stands between the two, and brings it back. */
export interface ExternalDatabase {
  readonly adminUrl: string
  readonly port: number
  /** settings with which a shop uses it, through another port if one is given */
  environment(port?: number): Record<string, string>
  /** Starts it again if it has ended; data and port stay. */
  bringBack(): Promise<void>
  close(): Promise<void>
}

export async function openExternalDatabase(folder?: string, settings: PostgresSettings = {}): Promise<ExternalDatabase> {
  const parent = await shopFolder('chaos-pg', folder)
  const dir = join(parent, 'postgres')
  const start = () => startPostgres({ dir, settings })
  let server: EmbeddedPostgres = await start()
  const secret = randomBytes(32).toString('hex')
  return {
    get adminUrl() {
      return server.adminUrl
    },
    get port() {
      return server.port
    },
    environment(port = server.port) {
      const url = new URL(server.adminUrl)
      url.port = String(port)
      return { DATABASE_URL: url.href, SOUK_SECRET: secret }
    },
    async bringBack() {
      server = await start()
    },
    async close() {
      await server.stop()
      if (!folder) await rm(parent, { recursive: true, force: true })
    },
  }
}
