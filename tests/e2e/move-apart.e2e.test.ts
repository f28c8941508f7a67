// topology: its own
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '#kit/db/embedded.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { embeddedDatabaseUrl } from './embedded-database.ts'
import { type Belongings, expectBelongings, fillAndStop, masterOf } from './moved-shop.ts'
import { calm } from './shared-shop.ts'
import { openShop, type Shop } from './shop.ts'

/** docs/how-to-run-services-apart.md, "From together to apart, with the data": on one machine, back, and to a server on a copy. */
const settings = { ...calm, EVENTS_STRATEGY: 'relay' }

let folder: string
let server: EmbeddedPostgres
let together: Shop
let elsewhere: Shop
let apart: Shop
let had: Belongings
let administrator: Shop['administrator']

const withDatabase = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = postgres(await embeddedDatabaseUrl(together.folder), { max: 2, onnotice() {} })
  return await work(sql).finally(() => sql.end({ timeout: 1 }))
}

beforeAll(async () => {
  folder = await shopFolder('move')
  together = await openShop(settings, undefined, { command: ['start'], environment: {} })
  administrator = together.administrator
  had = await fillAndStop(together, await embeddedDatabaseUrl(together.folder))
  apart = await openShop({ ...settings, SOUK_DIR: together.folder }, undefined, {
    command: ['stack', '--topology', 'apart'],
    environment: {},
  })
}, 600_000)
afterAll(async () => {
  for (const shop of [elsewhere, apart, together]) await shop?.remove()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
}, 120_000)

describe('a shop that was stopped and started again as a process per service, on the same folder', () => {
  it('has its orders, its money, its stock and its carts, tells once what was left to tell, and sells', async () => {
    had = await withDatabase((sql) => expectBelongings(apart, administrator, had, sql))
  }, 120_000)

  it('says in doctor what each of its processes is connected to, and is well', async () => {
    const status = (await apart.command('stack', 'status')).lines.at(-1) as {
      processes: { name: string; services: string[]; url: string }[]
    }
    const names = status.processes.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['gateway', 'orders', 'payments', 'registry', 'config']))
    const database = new URL(await embeddedDatabaseUrl(together.folder)).host
    const { code, lines } = await apart.command('doctor')
    const told = lines as { check: string; state: string; detail: string }[]
    expect({ code, wrong: told.filter(({ state }) => state === 'failed') }).toEqual({ code: 0, wrong: [] })
    for (const { name, url, services } of status.processes) {
      const of = told.find(({ check }) => check === `process ${name}`)
      expect(of, name).toMatchObject({ state: 'ok', detail: expect.stringContaining(url) })
      expect(of!.detail, services.join()).toContain(`database postgres://${database}/souk`)
      expect(of!.detail).toContain(`bus postgres://${database}/souk`)
      expect(of!.detail).not.toContain('souk_admin')
    }
  }, 120_000)

  it('goes back the same way', async () => {
    expect(await apart.stop()).toBe(0)
    await together.start()
    had = await withDatabase((sql) => expectBelongings(together, administrator, had, sql))
  }, 240_000)

  it('leaves the folder for a server on a copy of the files of its database, with its secret', async () => {
    expect(await together.stop()).toBe(0)
    const copy = join(folder, 'server')
    await promisify(execFile)('cp', ['-a', join(together.folder, 'postgres'), copy])
    server = await startPostgres({ dir: copy, disposable: true })
    elsewhere = await openShop(
      {
        ...settings,
        DATABASE_URL: server.adminUrl,
        SOUK_SECRET: await masterOf(together),
        PUBLIC_URL: together.url,
        OBJECTS_URL: pathToFileURL(join(together.folder, 'objects')).href,
      },
      undefined,
      { command: ['start'], environment: {} },
    )
    const sql = postgres(server.adminUrl, { max: 2, onnotice() {} })
    await expectBelongings(elsewhere, administrator, had, sql).finally(() => sql.end({ timeout: 1 }))
  }, 240_000)
})
