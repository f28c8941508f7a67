import { openDb } from '#kit/db/open.ts'

/** What was done once for this shop. In the database, so that it is true for every folder and host that works on it. */
export interface Marks {
  has(name: string): Promise<boolean>
  set(name: string): Promise<void>
  close(): Promise<void>
}

/** `url`: of the role that may read and write schema `platform`. Connects with the first question. */
export function openMarks(url: string): Marks {
  const db = openDb({ url, schema: 'platform', applicationName: 'souk marks', max: 1, timeouts: { connect: 5_000 } })
  return {
    has: async (name) => (await db.sql`select 1 from marks m where m.name = ${name}`).length > 0,
    set: async (name) => void (await db.sql`insert into marks (name) values (${name}) on conflict do nothing`),
    close: () => db.close(),
  }
}
