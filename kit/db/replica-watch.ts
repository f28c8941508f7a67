import postgres from 'postgres'
import type { PgTypes } from './db.ts'
import { createDeadlines, within } from './deadlines.ts'
import { placeOf } from './primary.ts'
import { hostsOf } from './url.ts'

/** How far a copy of a server has come. */
export interface ReplicaWatch {
  /** Whether it holds everything up to this place in the primary's log, and is not further behind than `ms`. */
  holds(position: bigint, ms: number): boolean
  close(): void
}

/** How often it is looked. What was written since the last look counts as not there yet. */
const LOOK_EVERY_MS = 200
const ANSWER_MS = 1000
/** A copy that is behind for longer than this is of no use anyway. */
const LOOKS_KEPT = 600

interface Shared extends ReplicaWatch {
  users: number
}
const shared = new Map<string, Shared>()

/** Watches a copy; one watch for all pools of a process. The URLs need no more rights than to sign in. */
export function watchReplica(primary: string, replica: string): ReplicaWatch {
  const key = `${hostsOf(primary).join()} ${hostsOf(replica).join()}`
  const watch = shared.get(key) ?? startWatch(primary, replica, () => shared.delete(key))
  shared.set(key, watch)
  watch.users += 1
  let open = true
  return {
    holds: watch.holds,
    close() {
      if (!open) return
      open = false
      watch.users -= 1
      if (watch.users === 0) watch.close()
    },
  }
}

function startWatch(primary: string, replica: string, forget: () => void): Shared {
  const place = placeOf(primary)
  /** where the primary's log ended when it was looked; oldest first */
  const looks: { at: number; position: bigint }[] = []
  let replayed: bigint | undefined
  let known = false
  let timer: NodeJS.Timeout | undefined
  let ended = false
  let clients: { of: string; primary: Client; replica: Client } | undefined

  const clientsNow = () => {
    if (clients?.of !== place.url()) {
      close(clients)
      clients = { of: place.url(), primary: clientOf(place.url()), replica: clientOf(replica) }
    }
    return clients
  }
  const look = async (): Promise<void> => {
    const asked = clientsNow()
    const at = performance.now()
    // a promoted copy is no copy any more
    const copied = ask(asked.replica, 'case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end')
    const written = ask(asked.primary, 'case when not pg_is_in_recovery() then pg_current_wal_flush_lsn() end')
    replayed = await copied
    const position = await written
    if (position === undefined) void place.seek()
    else {
      known = true
      looks.push({ at, position })
    }
    // the last one that was replayed is where the copy stands
    while (looks.length > LOOKS_KEPT || (looks[1] && replayed !== undefined && looks[1].position <= replayed)) looks.shift()
  }
  const round = async (): Promise<void> => {
    await place.found
    await look()
    if (!ended) timer = setTimeout(() => void round(), LOOK_EVERY_MS).unref()
  }
  void round()
  return {
    users: 0,
    holds(position, ms) {
      if (replayed === undefined || !known || replayed < position) return false
      const has = replayed
      const missing = looks.find((one) => one.position > has)
      return missing === undefined || performance.now() - missing.at <= ms
    },
    close() {
      ended = true
      clearTimeout(timer)
      close(clients)
      forget()
    },
  }
}

type Client = postgres.Sql<PgTypes>

const clientOf = (url: string): Client =>
  postgres(url, {
    max: 1,
    types: { bigint: postgres.BigInt },
    fetch_types: false,
    connect_timeout: ANSWER_MS / 1000,
    connection: { application_name: 'souk replica watch', statement_timeout: ANSWER_MS },
    onnotice() {},
  }) as unknown as Client

function close(clients: { primary: Client; replica: Client } | undefined): void {
  for (const client of [clients?.primary, clients?.replica]) void client?.end({ timeout: 0 }).catch(() => undefined)
}

const deadlines = createDeadlines(2 * ANSWER_MS)

/** A place in the log as a number of bytes; undefined when it is not told. */
async function ask(client: Client, position: string): Promise<bigint | undefined> {
  const asked = client.unsafe<{ position: bigint | null }[]>(`select pg_wal_lsn_diff(${position}, '0/0')::bigint as position`)
  const rows = await within(deadlines, asked).catch(() => undefined)
  return rows?.[0]?.position ?? undefined
}
