import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountFor, firstBarrier } from './embedded-account.ts'
import { locateBinaries } from './embedded-binaries.ts'
import { type EmbeddedOptions, type EmbeddedPostgres, startPostgres } from './embedded.ts'
import { isAlive } from './embedded-postmaster.ts'
import { eventually } from '#kit/testing/eventually.ts'

let dir: string
const servers = new Set<EmbeddedPostgres>()

beforeAll(async () => {
  const parent = await mkdtemp(path.join(os.tmpdir(), 'souk embedded '))
  // a temporary folder is private; for root the data would move to where its server can reach it
  await chmod(parent, 0o755)
  dir = path.join(parent, 'data of the shop')
  const server = await start()
  await ask(server, 'create table goods (name text)')
  await ask(server, "insert into goods values ('lamp')")
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  await rm(path.dirname(dir), { recursive: true, force: true })
})

async function start(more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dir, disposable: true, settings: { shared_buffers: '16MB' }, ...more })
  servers.add(server)
  return server
}

/** The server the other tests left, running. */
const running = async () => [...servers].findLast(({ pid }) => isAlive(pid)) ?? (await start())

async function ask(server: EmbeddedPostgres, statement: string) {
  const sql = postgres(server.adminUrl, { max: 1, onnotice() {} })
  return await sql.unsafe(statement).finally(() => sql.end())
}

test('the shop has a real PostgreSQL 18 with checksums, UTF-8 and change capture, reachable from this machine only', async () => {
  const [row] = await ask(
    await running(),
    `select current_setting('server_version_num')::int / 10000 as major, current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding,
      current_setting('wal_level') as wal, current_setting('listen_addresses') as listen, current_setting('max_replication_slots') as slots,
      (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale`,
  )
  expect(row).toEqual({
    major: 18,
    checksums: 'on',
    encoding: 'UTF8',
    wal: 'logical',
    listen: '127.0.0.1',
    slots: '40',
    locale: 'b C.UTF-8',
  })
})

test('a wrong password is refused', async () => {
  const server = await running()
  const sql = postgres(server.adminUrl.replace(/:[^:@]+@/, ':guess@'), { max: 1 })
  await expect(sql`select 1`).rejects.toMatchObject({ code: '28P01' })
  await sql.end()
})

test('after a clean stop the next start is quick, on the same port, with the same data', async () => {
  const before = await running()
  await before.stop()
  expect(isAlive(before.pid)).toBe(false)
  const after = await start()
  expect({ port: after.port, adopted: after.adopted }).toEqual({ port: before.port, adopted: false })
  expect(await ask(after, 'select name from goods')).toEqual([{ name: 'lamp' }])
})

test('after kill -9 of the server its end is reported and a new start finds the data', async () => {
  await (await running()).stop()
  const reasons: string[] = []
  const before = await start({ onExit: (reason) => reasons.push(reason) })
  await ask(before, "insert into goods values ('carpet')")
  process.kill(before.pid, 'SIGKILL')
  await eventually(() => expect(reasons).toEqual([expect.stringContaining('SIGKILL')]))
  const after = await start()
  expect(await ask(after, "select count(*)::int as n from goods where name = 'carpet'")).toEqual([{ n: 1 }])
})

test('leftovers of a crash do not hinder a start, even when their process number belongs to somebody else now', async () => {
  const before = await running()
  await before.stop()
  await writeFile(
    path.join(before.dir, 'data', 'postmaster.pid'),
    `${process.pid}\n${dir}/data\n0\n${before.port}\n\n\n\nready\n`,
  )
  expect((await start()).adopted).toBe(false)
})

test('a server whose host was killed is adopted and stopped by the next host', async () => {
  await (await running()).stop()
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)})
    await startPostgres({ dir: ${JSON.stringify(dir)} })
    console.log('ready')
    setInterval(() => {}, 1000)`
  const host = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => host.stdout.once('data', resolve))

  const guest = await startPostgres({ dir })
  expect(guest.adopted).toBe(true)
  await guest.stop()
  expect(isAlive(guest.pid)).toBe(true)

  host.kill('SIGKILL')
  await new Promise((resolve) => host.once('exit', resolve))
  const heir = await startPostgres({ dir })
  expect({ adopted: heir.adopted, pid: heir.pid }).toEqual({ adopted: true, pid: guest.pid })
  expect(await ask(heir, "select count(*)::int as n from goods where name = 'lamp'")).toEqual([{ n: 1 }])
  await heir.stop()
  expect(isAlive(heir.pid)).toBe(false)
})

test('two hosts that start at the same moment share one server', async () => {
  await (await running()).stop()
  const both = await Promise.all([start(), start()])
  expect(both[0]?.pid).toBe(both[1]?.pid)
})

test('data of another major version is refused with the way out', async () => {
  const server = await running()
  await server.stop()
  const version = path.join(server.dir, 'data', 'PG_VERSION')
  await writeFile(version, '17\n')
  await expect(start()).rejects.toThrow(/written by PostgreSQL 17, this Souk brings PostgreSQL 18.*Nothing was changed/s)
  await writeFile(version, '18\n')
})

test('a setting that PostgreSQL does not accept is told in its own words', async () => {
  await (await running()).stop()
  await expect(start({ settings: { work_mem: 'much' } })).rejects.toThrow(/invalid value for parameter "work_mem"/)
})

test('library links that npm did not make are restored', async () => {
  const { postgres: program } = await locateBinaries(dir, undefined)
  const library = path.join(path.dirname(path.dirname(program)), 'lib')
  const links = (await readdir(library, { withFileTypes: true })).filter((entry) => entry.isSymbolicLink())
  const victim = links.find(({ name }) => name.startsWith('libecpg_compat.so'))
  if (!victim) return expect(process.platform).not.toBe('linux')
  await unlink(path.join(library, victim.name))
  await locateBinaries(dir, undefined)
  expect((await stat(path.join(library, victim.name))).isFile()).toBe(true)
})

test('as root, PostgreSQL runs as somebody else, and private folders on its way are noticed', async () => {
  const account = await accountFor(dir)
  expect(account === undefined).toBe(process.getuid?.() !== 0)
  const stranger = account ?? { name: 'nobody', uid: 65534, gid: 65534 }
  expect(stranger.uid).toBeGreaterThan(0)
  const closed = await mkdtemp(path.join(os.tmpdir(), 'souk-closed-'))
  expect(await firstBarrier(path.join(closed, 'data'), stranger)).toBe(closed)
  expect(await firstBarrier(os.tmpdir(), stranger)).toBeUndefined()
  await rm(closed, { recursive: true })
})
