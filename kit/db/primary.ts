import postgres from 'postgres'
import { createDeadlines, within } from './deadlines.ts'
import { atHost, hostsOf } from './url.ts'

/** Where the server of a URL is now. */
export interface Place {
  /** the URL with the one host that is the primary, as far as we know */
  url(): string
  /** Resolves when somebody has looked for the first time; undefined when that is so, and where there is one host only. */
  readonly found: Promise<void> | undefined
  /** The server there is lost or no primary any more: looks for another one. Resolves when that is done; never rejects. */
  seek(): Promise<void>
}

/** A host that does not answer within this is not the one. Long, because a slow primary must not lose to a former one that is quick. */
const LOOK_MS = 3000
/** Between two looks: a failover takes seconds, and every refused statement asks for one. */
const PAUSE_MS = 200

const places = new Map<string, Place>()

/** One for all pools of a process that work on the same hosts. */
export function placeOf(url: string): Place {
  const hosts = hostsOf(url)
  const [first = '', ...others] = hosts
  if (others.length === 0) return { url: () => url, found: undefined, seek: async () => {} }
  const key = hosts.join()
  const shared = places.get(key) ?? createPlace(url, hosts, first)
  places.set(key, shared)
  return {
    // every role its own URL, all of them at the same host
    url: () => atHost(url, hostsOf(shared.url())[0] as string),
    get found() {
      return shared.found
    },
    seek: shared.seek,
  }
}

/** The URL with the host that is the primary; the first one while none answers. */
export async function primaryUrl(url: string): Promise<string> {
  const place = placeOf(url)
  await place.seek()
  return place.url()
}

function createPlace(url: string, hosts: readonly string[], first: string): Place {
  let host = first
  let timeline = 0
  let looking: Promise<void> | undefined
  let known = false
  let lookedAt = Number.NEGATIVE_INFINITY

  const look = async (): Promise<void> => {
    const answers = await Promise.all(hosts.map(async (one) => ({ one, timeline: await timelineOf(atHost(url, one)) })))
    // a former primary that came back unasked is on an older timeline than the replica that took over
    const newest = answers.reduce((best, answer) => (answer.timeline > best.timeline ? answer : best))
    // nor does anybody go back to it while the newer one does not answer
    if (newest.timeline > 0 && newest.timeline >= timeline) [host, timeline] = [newest.one, newest.timeline]
    known = true
  }
  const seek = async (): Promise<void> => {
    if (!looking && performance.now() - lookedAt < PAUSE_MS) return
    looking ??= look().finally(() => {
      looking = undefined
      lookedAt = performance.now()
    })
    await looking
  }
  return {
    url: () => atHost(url, host),
    get found() {
      return known ? undefined : seek()
    },
    seek,
  }
}

/** The timeline a primary writes on, from 1; 0 for a server in recovery, and for whatever does not answer. */
async function timelineOf(url: string): Promise<number> {
  const client = postgres(url, {
    max: 1,
    connect_timeout: LOOK_MS / 1000,
    fetch_types: false,
    // also asked through poolers, which may not keep prepared statements
    prepare: false,
    connection: { application_name: 'souk primary' },
    onnotice() {},
  })
  const asked = client<{ timeline: number }[]>`
    select case when pg_is_in_recovery() then 0
           else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline`
  try {
    const [row] = await within(createDeadlines(LOOK_MS), asked)
    return row?.timeline ?? 0
  } catch {
    return 0
  } finally {
    void client.end({ timeout: 0 }).catch(() => undefined)
  }
}
