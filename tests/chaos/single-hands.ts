import type { Sql } from '#kit/db/db.ts'
import { type Finding, wrongs } from './scenario.ts'

interface Turns {
  readonly job: string
  readonly runs: number
  readonly everySeconds: number
}

type Found = Pick<Finding, 'id' | 'trials' | 'violations' | 'examples' | 'note' | 'tally'>

export interface Hands {
  /** Looks for the last time; answers what two instances did that one alone should. */
  stop(): Promise<readonly Found[]>
}

const LOOK_MS = 250

/** Watches from inside the database that of several instances one alone relays and one alone takes a job's turn. */
export async function watchHands(sql: Sql): Promise<Hands> {
  const schemas = await sql<{ schema: string }[]>`
    select table_schema as schema from information_schema.tables where table_name = 'jobs' order by 1`
  const turns = async (): Promise<Turns[]> => {
    const each = schemas.map(
      ({ schema }) =>
        `select '${schema}: ' || name as job, runs::int, extract(epoch from next_at - started_at)::float as "everySeconds" from ${schema}.jobs`,
    )
    return await sql.unsafe<Turns[]>(each.join(' union all '))
  }
  const begun = performance.now()
  const before = new Map((await turns()).map((job) => [job.job, job.runs]))
  const instances = new Set<number>()
  const wrong: string[] = []
  let looks = 0
  /** relay → looks in which somebody led it */
  const led = new Map<string, number>()
  const look = async (): Promise<void> => {
    // every connection has an ending of its own behind the name of its relay
    const relays = await sql<{ relay: string; candidates: number; leaders: number; pids: number[] }[]>`
      select regexp_replace(application_name, ' [0-9a-f]{6}$', '') as relay, count(*)::int as candidates, array_agg(a.pid) as pids,
             (count(*) filter (where exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' and l.granted)))::int as leaders
        from pg_stat_activity a where application_name like 'souk relay %' and application_name not like '% wake-up' group by 1`
    looks += 1
    for (const { relay, leaders, pids } of relays) {
      for (const pid of pids) instances.add(pid)
      if (leaders === 1) led.set(relay, (led.get(relay) ?? 0) + 1)
      if (leaders > 1) wrong.push(`${leaders} lead ${relay}`)
    }
  }
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = look().catch(() => undefined)
  }, LOOK_MS)

  return {
    async stop(): Promise<readonly Found[]> {
      clearInterval(timer)
      await running
      await look()
      // a look without a leader is a handover; looks that rarely see one have seen nothing
      if (led.size === 0) wrong.push('nobody relays')
      for (const [relay, times] of led) if (times * 2 < looks) wrong.push(`${relay} was led in ${times} of ${looks} looks only`)
      const after = await turns()
      const seconds = (performance.now() - begun) / 1000
      const asked = after.filter(({ everySeconds }) => everySeconds < seconds)
      const most = ({ everySeconds }: Turns) => Math.ceil(seconds / everySeconds) + 1
      const taken = ({ job, runs }: Turns) => runs - (before.get(job) ?? 0)
      const twice = asked.filter((job) => taken(job) > most(job))
      return [
        {
          id: 'I11',
          trials: looks,
          ...wrongs(wrong),
          tally: { relays: led.size, candidates: instances.size },
          note: 'looks at who relays: one of all instances of each',
        },
        {
          id: 'one winner',
          trials: asked.reduce((sum, job) => sum + taken(job), 0),
          ...wrongs(
            twice.map((job) => `${job.job} ran ${taken(job)} times in ${Math.round(seconds)} s, its turns are ${most(job)}`),
          ),
          tally: { jobs: asked.length },
          note: 'turns of jobs: each taken by one instance',
        },
      ]
    },
  }
}
