// topology: its own
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres } from '#kit/db/embedded.ts'
import { shopFolder } from '#kit/testing/shop-folder.ts'
import { client, expectStatus, signIn } from './client.ts'
import { embeddedDatabaseUrl } from './embedded-database.ts'
import { openShop, type Shop } from './shop.ts'
import { address, sell } from './stock-the-shop.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let folder: string
let shop: Shop
/** the folder of a shop that has sold once and was stopped */
let stopped: string

beforeAll(async () => {
  folder = await shopFolder('mends')
  stopped = join(folder, 'stopped')
  shop = await openShop({ SOUK_DIR: stopped })
})
afterAll(async () => {
  await shop?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** `souk start` that is expected to end by itself: exit code and what it said, one line. */
async function start(environment: Record<string, string>, { asUser }: { asUser?: number } = {}) {
  const child = spawn(process.execPath, ['apps/souk/main.ts', 'start'], {
    cwd: root,
    env: { ...process.env, PORT: '0', SEED_DEMO: 'false', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(asUser === undefined ? {} : { uid: asUser, gid: asUser }),
  })
  let said = ''
  child.stderr.on('data', (data) => (said += data))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said: said.trim() }
}

const secret = randomBytes(36).toString('base64')
/** The embedded database of the running shop, as its administrator. */
const adminUrl = async (change: (url: URL) => void = () => undefined) => {
  const url = new URL(await embeddedDatabaseUrl(stopped))
  change(url)
  return url.href
}
async function asAdmin<T>(work: (sql: postgres.Sql) => Promise<T>, url?: string): Promise<T> {
  const sql = postgres(url ?? (await adminUrl()), { max: 1, onnotice() {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}
/** The same while no shop runs on it. */
async function onDatabase(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const server = await startPostgres({ dir: join(stopped, 'postgres') })
  await asAdmin(work, server.adminUrl).finally(() => server.stop())
}
/** Whether a disk of a few megabytes can be had here: Linux as root, as in most containers. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0

describe('a shop that cannot open says in one line what to do, and ends with 1', () => {
  it('when another program has the port', async () => {
    const other = createServer().listen(0, '0.0.0.0')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { code, said } = await start({ SOUK_DIR: join(folder, 'port'), HOST: '0.0.0.0', PORT: String(port) })
    other.close()
    expect({ code, said }).toEqual({
      code: 1,
      said: `souk: Port ${port} is in use by another program. Stop that one, or choose another: PORT=8081 npm start.`,
    })
  })

  it('when the same folder is open already', async () => {
    const { code, said } = await start({ SOUK_DIR: stopped })
    expect(code).toBe(1)
    expect(said).toMatch(new RegExp(`^souk: Souk already runs on .* \\(pid ${shop.pid}, .*Stop it \\(kill ${shop.pid}\\)`))
    expectStatus(await client(shop.url).get('/api/products'), 200)
  })

  it.each<[string, (url: URL) => void, RegExp]>([
    ['nothing listens there', (url) => (url.port = '1'), /^souk: Nothing answers at 127\.0\.0\.1:1\. Is the server running/],
    ['the host does not exist', (url) => (url.hostname = 'database.invalid'), /^souk: The host database\.invalid is not known\./],
    [
      'the password is wrong',
      (url) => (url.password = 'wrong'),
      /^souk: PostgreSQL refuses the password\. Check user and password/,
    ],
    [
      'the database is missing',
      (url) => (url.pathname = '/nowhere'),
      /^souk: database "nowhere" does not exist\. Create the database/,
    ],
  ])('when of DATABASE_URL %s', async (_, change, words) => {
    const { code, said } = await start({
      DATABASE_URL: await adminUrl(change),
      SOUK_SECRET: secret,
      SOUK_DIR: join(folder, 'by-url'),
    })
    expect(said).toMatch(words)
    expect(said.split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  it('when a part of the path of its folder is a file', async () => {
    await writeFile(join(folder, 'file'), '')
    const { code, said } = await start({ SOUK_DIR: join(folder, 'file', 'souk') })
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringMatching(/a part of it is a file\. Set SOUK_DIR/) })
  })

  it('when its folder must not be written', async () => {
    await mkdir(join(folder, 'locked'), { mode: 0o555 })
    const nobody = process.getuid?.() === 0 ? { asUser: 65_534 } : {}
    const { code, said } = await start({ SOUK_DIR: join(folder, 'locked', 'souk') }, nobody)
    expect(said).toMatch(/^souk: .*locked.* must not be read or written by this user\. Give yourself the right, or set SOUK_DIR/)
    expect(code).toBe(1)
  })
})

describe('a full disk', () => {
  it('of the database refuses the sale with 503, and nothing of it stays', async () => {
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    await sell(staff, 'last', { units: 5 })
    // what PostgreSQL says when it cannot extend a file
    await asAdmin((sql) =>
      sql.unsafe(`
        create function orders.full() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
        create trigger full_disk before insert on orders.orders for each statement execute function orders.full()`),
    )
    const order = {
      items: [{ sku: 'last', quantity: 1 }],
      email: 'ann@example.com',
      shippingAddress: address,
      paymentMethodId: 'tok_approve',
    }
    const refused = await client(shop.url).post('/api/orders', order, { 'idempotency-key': 'full-disk-1' })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).not.toBeNull()
    expect(refused.body.code).toBe('database/disk-full')
    await asAdmin((sql) => sql.unsafe('drop trigger full_disk on orders.orders'))
    expectStatus(await client(shop.url).post('/api/orders', order, { 'idempotency-key': 'full-disk-1' }), 201)
    expect(await asAdmin((sql) => sql`select state from payments.payments`)).toEqual([{ state: 'captured' }])
    expect((await shop.command('invariants')).code).toBe(0)
  }, 60_000)

  it.runIf(canMount)('stops a first start before anything is half made', async () => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=755', 'tmpfs', disk])
    try {
      const { code, said } = await start({ SOUK_DIR: join(disk, 'souk') })
      expect(said).toMatch(/^souk: .* has less than 200 MB free; PostgreSQL needs that much to begin\. Free some space\.$/)
      expect(code).toBe(1)
      expect(await readdir(join(disk, 'souk', 'postgres'))).toEqual([])
      // not even its own first file fits
      execFileSync('mount', ['-o', 'remount,size=4k', disk])
      const full = await start({ SOUK_DIR: join(disk, 'two') })
      expect(full.said).toMatch(/^souk: The disk is full/)
      expect(full.code).toBe(1)
    } finally {
      execFileSync('umount', [disk])
    }
  })
})

describe('data that this shop must not touch', () => {
  beforeAll(async () => void (await shop.stop()))

  it('is left alone when a newer Souk has migrated it', async () => {
    await onDatabase(
      (sql) =>
        sql`insert into cart.schema_migrations (set_name, number, name, checksum) values ('cart', 99, '099_later.sql', 'x')`,
    )
    const { code, said } = await start({ SOUK_DIR: stopped })
    expect(said).toMatch(
      /^souk: The database is newer than this Souk: cart\/99 has run in schema cart, .* Start the Souk that wrote it/,
    )
    expect(code).toBe(1)
    await onDatabase((sql) => sql`delete from cart.schema_migrations where number = 99`)
  }, 60_000)

  it('is left alone when another PostgreSQL wrote it', async () => {
    const version = join(stopped, 'postgres', 'data', 'PG_VERSION')
    await writeFile(version, '17\n')
    const { code, said } = await start({ SOUK_DIR: stopped })
    expect(said).toMatch(/was written by PostgreSQL 17, this Souk brings PostgreSQL 18.* Nothing was changed\./)
    expect(code).toBe(1)
    await writeFile(version, '18\n')
  })

  it('is left alone when it was made with another master secret', async () => {
    const { code, said } = await start({ SOUK_DIR: stopped, SOUK_SECRET: secret })
    expect(said).toMatch(/^souk: The database was made with another master secret\. Start with the SOUK_SECRET/)
    expect(code).toBe(1)
  })

  it('is left alone when what is sealed in it cannot be opened', async () => {
    const swap = (sql: postgres.Sql) =>
      sql`update auth.signing_keys set private_key = set_byte(private_key, 40, 255 - get_byte(private_key, 40))`
    await onDatabase(swap)
    const { code, said } = await start({ SOUK_DIR: stopped })
    expect(said).toMatch(/^souk: Sealed data of this database cannot be opened: it was sealed with another master secret/)
    expect(code).toBe(1)
    await onDatabase(swap)
  }, 60_000)

  it('serves as before once the cause is gone', async () => {
    await shop.start()
    const staff = await signIn(shop.url, shop.administrator.email, shop.administrator.password)
    expect(expectStatus(await staff.get('/api/orders'), 200).body.items).toHaveLength(1)
    expect((await shop.command('invariants')).code).toBe(0)
  }, 60_000)
})
