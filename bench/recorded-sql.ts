import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { newOrderNumber, newSecret, uuidv7 } from '#kit/core/ids.ts'
import type { BenchShop } from './bench-shop.ts'
import { closedLoop } from './measure.ts'

interface Statement {
  /** login role of the service */
  readonly user: string
  readonly sql: string
  readonly parameters: readonly (string | null)[]
}

/** Settings of the server that recordSql needs; they only take effect at its start. */
export const recordingSettings =
  "logging_collector = on\nlog_destination = 'jsonlog'\nlog_directory = 'log'\nlog_rotation_size = 0\n"

const notServices = new Set(['souk_bus', 'souk_relay', 'souk_admin'])
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g

/**
 * The limit of a flow: the statements the HTTP process sends for one request, recorded from the server's own log, sent again by a bare client with as
 * many callers. Ids that the request made itself (UUIDv7 younger than the recording) and order numbers are replaced by fresh ones, so
 * every replay does the same work on new rows. Answers statements a second divided by statements a request.
 */
export async function recordSql(shop: BenchShop, request: () => Promise<unknown>) {
  // those of a flow that was recorded before
  const earlier = (await readStatements(shop.folder)).length
  const since = Date.now()
  await setLogging(shop, true)
  await request()
  await setLogging(shop, false)
  const recorded = (await readStatements(shop.folder))
    .slice(earlier)
    .filter(({ user }) => user.startsWith('souk_') && !notServices.has(user))
  const young = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) >= since - 50
  return {
    statements: recorded.length,
    async perSecond(connections: number, seconds: number): Promise<number> {
      const clients = await Promise.all(Array.from({ length: connections }, () => connect(shop)))
      try {
        const round = await closedLoop(connections, seconds, async (caller) => {
          await replay(clients[caller]!, recorded, young)
          return true
        })
        return round.perSecond
      } finally {
        await Promise.all(clients.map((client) => client.end()))
      }
    },
  }
}

async function replay(client: pg.Client, recorded: readonly Statement[], young: (id: string) => boolean): Promise<void> {
  const fresh = new Map<string, string>()
  const renewed = (old: string, make: () => string): string => {
    const known = fresh.get(old) ?? make()
    fresh.set(old, known)
    return known
  }
  const renew = (text: string) =>
    text
      .replace(ID, (id) => (young(id) ? renewed(id, () => uuidv7()) : id))
      .replace(/ORD-[0-9A-Z]{10}/g, (number) => renewed(number, newOrderNumber))
      .replace(/\bsim_[\w-]{8,}/g, (reference) => renewed(reference, () => `sim_${newSecret(12)}`))
  let schema = ''
  for (const [index, { user, sql, parameters }] of recorded.entries()) {
    // One connection plays all services in turn; the services themselves have pools of their own.
    if (user !== schema) await client.query(`set search_path to ${user.replace('souk_', '')}`)
    schema = user
    await client.query({
      name: `${user} ${index}`,
      text: sql,
      values: parameters.map((parameter) => (parameter === null ? null : renew(parameter))),
    })
  }
}

async function connect(shop: BenchShop): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: shop.adminUrl })
  // The server may go away while a failed measurement is tidied up; the first error is the one to show.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function setLogging(shop: BenchShop, on: boolean): Promise<void> {
  await shop.admin.sql.unsafe(`alter system set log_min_duration_statement = ${on ? 0 : -1}`)
  await shop.admin.sql`select pg_reload_conf(), pg_sleep(0.3)`
}

async function readStatements(folder: string): Promise<Statement[]> {
  const directory = join(folder, 'postgres', 'data', 'log')
  const files = (await readdir(directory)).filter((file) => file.endsWith('.json'))
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')))
  return texts
    .join('\n')
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const entry = JSON.parse(line) as { user?: string; application_name?: string; message: string; detail?: string }
      if (!entry.application_name?.startsWith('souk http')) return []
      const match = /^duration: [\d.]+ ms {2}execute [^:]+: ([\s\S]*)$/.exec(entry.message)
      return match ? [{ user: entry.user ?? '', sql: match[1] as string, parameters: parametersOf(entry.detail ?? '') }] : []
    })
}

/** `Parameters: $1 = 'text', $2 = NULL` → values. */
function parametersOf(detail: string): (string | null)[] {
  const values: (string | null)[] = []
  for (const match of detail.matchAll(/\$(\d+) = (?:NULL|'((?:[^']|'')*)')/g)) {
    values[Number(match[1]) - 1] = match[2] === undefined ? null : match[2].replaceAll("''", "'")
  }
  return values
}
