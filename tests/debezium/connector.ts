import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

const connect = process.env.DEBEZIUM_URL as string

export interface ConnectorOptions {
  readonly name: string
  /** postgres:// URL with a role that may replicate */
  readonly database: string
  /** settings that differ from those of the file */
  readonly settings: Readonly<Record<string, string>>
}

/** Registers the connector of a file of deploy/debezium with the Kafka Connect of DEBEZIUM_URL. */
export async function register(file: string, { name, database, settings }: ConnectorOptions): Promise<void> {
  const { config } = JSON.parse(readFileSync(new URL(`../../deploy/debezium/${file}`, import.meta.url), 'utf8'))
  const url = new URL(database)
  const answer = await fetch(`${connect}/connectors/${name}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...config,
      'database.hostname': url.hostname,
      'database.port': url.port,
      'database.user': url.username,
      'database.password': decodeURIComponent(url.password),
      'database.dbname': url.pathname.slice(1),
      ...settings,
    }),
  })
  expect(answer.status, await answer.text()).toBe(201)
}

/** Takes it away again; its slot stays. */
export async function unregister(name: string): Promise<void> {
  await fetch(`${connect}/connectors/${name}`, { method: 'DELETE' })
}
