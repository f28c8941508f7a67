import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '#kit/core/ids.ts'
import { runCli } from './cli.ts'
import { createTerminal } from './terminal.ts'
import { withPlatform } from './with-platform.ts'

const root = new URL('../../', import.meta.url)
let dir: string
let environment: Record<string, string>

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

/** Runs a command on the installation of this file; `lines` are its answers with --json. */
async function souk(...argv: string[]) {
  const stdout = new Sink()
  const stderr = new Sink()
  const code = await runCli([...argv, '--json'], { stdout, stderr, environment, signal: new AbortController().signal, root })
  const lines = stdout.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  return { code, lines, stderr: stderr.text }
}

/** Work on the same installation, as a service would do it. */
const inside = <T>(work: Parameters<typeof withPlatform<T>>[1]) => {
  const terminal = createTerminal({ stdout: new Sink(), stderr: new Sink(), json: true, progress: false })
  return withPlatform({ environment, root, terminal }, work)
}

beforeAll(async () => {
  // an installation of its own: roles belong to the whole server, so the tests' common one will not do
  dir = await mkdtemp(join(tmpdir(), 'souk commands '))
  environment = { SOUK_DIR: dir, PORT: '0', LOG_LEVEL: 'silent' }
})
afterAll(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))

describe('souk migrate', () => {
  it('lists what is due, does it once, and then has nothing to do', async () => {
    const due = await souk('migrate', '--dry-run')
    expect(due.lines[0].migrations).toContain('bus: bus/001_bus.sql')
    const done = await souk('migrate')
    expect({ code: done.code, count: done.lines[0].migrations.length }).toEqual({
      code: 0,
      count: due.lines[0].migrations.length,
    })
    expect((await souk('migrate')).lines).toEqual([{ dryRun: false, migrations: [] }])
  })
})

describe('souk doctor', () => {
  it('finds nothing wrong with a sound installation', async () => {
    const { code, lines } = await souk('doctor')
    expect(lines.filter(({ state }) => state === 'failed')).toEqual([])
    expect(code).toBe(0)
  })
})

describe('souk invariants', () => {
  it('finds an empty shop in order', async () => {
    const { code, lines } = await souk('invariants')
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter(({ violations }) => violations !== 0)).toEqual([])
    expect(code).toBe(0)
  })

  it('knows only services that exist', async () => {
    expect((await souk('invariants', 'nothing')).code).toBe(2)
  })
})

describe('souk user', () => {
  it('opens an administrator, changes roles and password', async () => {
    const opened = await souk('user', 'create-admin', 'ada@example.com')
    expect(opened.stderr).toBe('')
    expect(opened.lines[0]).toMatchObject({
      email: 'ada@example.com',
      roles: ['ADMIN'],
      password: expect.stringMatching(/^[\w-]{24}$/),
    })
    const { userId } = opened.lines[0]
    expect((await souk('user', 'create-admin', 'bob@example.com')).code).toBe(0)
    expect((await souk('user', 'set-role', 'ada@example.com', 'CUSTOMER')).lines).toEqual([
      { email: 'ada@example.com', userId, roles: ['CUSTOMER'] },
    ])
    expect((await souk('user', 'reset-password', 'ada@example.com')).lines[0].password).not.toBe(opened.lines[0].password)
  })

  it('says so when there is no such account', async () => {
    const { code, stderr } = await souk('user', 'set-role', 'nobody@example.com', 'ADMIN')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'souk: There is no account for nobody@example.com.\n' })
  })
})

describe('souk dlq', () => {
  const eventId = uuidv7()
  beforeAll(() =>
    inside(async ({ host }) => {
      const { db } = host.service('inventory')
      const event = JSON.stringify({ id: eventId, type: 'OrderCancelled.v1' })
      await db.sql`
        insert into parked (consumer, topic, partition, "offset", key, event_id, type, value, state, attempts, error_code, error_message, died_at)
        values ('inventory', 'order.events', 0, 1, 'order-1', ${eventId}, 'OrderCancelled.v1', ${event}, 'dead', 3, 'inventory/odd', 'Odd.', now())`
    }),
  )

  it('lists what could not be handled, with exit code 3', async () => {
    const { code, lines } = await souk('dlq')
    expect(code).toBe(3)
    expect(lines).toEqual([expect.objectContaining({ eventId, group: 'inventory', code: 'inventory/odd', attempts: 3 })])
    expect((await souk('dlq', 'list', '--code', 'other')).code).toBe(0)
    expect((await souk('dlq', 'patterns')).lines).toEqual([expect.objectContaining({ count: 1, pattern: 'Odd.' })])
    expect((await souk('dlq', 'inspect', eventId)).lines[0].event).toEqual({ id: eventId, type: 'OrderCancelled.v1' })
  })

  it('redrives only what it is told to', async () => {
    expect((await souk('dlq', 'redrive')).code).toBe(2)
    expect((await souk('dlq', 'redrive', '--service', 'orders')).lines).toEqual([{ redriven: 0 }])
    expect((await souk('dlq', 'redrive', eventId)).lines).toEqual([{ redriven: 1 }])
    expect((await souk('dlq')).lines).toEqual([])
  })

  it('discards one event, and asks for its id', async () => {
    await inside(({ host }) => host.service('inventory').db.sql`update parked set state = 'dead', due_at = null, died_at = now()`)
    expect((await souk('dlq', 'discard')).code).toBe(2)
    expect((await souk('dlq', 'discard', uuidv7())).code).toBe(1)
    expect((await souk('dlq', 'discard', eventId)).lines).toEqual([
      expect.objectContaining({ service: 'inventory', key: 'order-1' }),
    ])
    expect((await souk('dlq')).code).toBe(0)
  })
})

describe('souk bus apply', () => {
  it('says what is missing, makes it once, and changes only what is named', async () => {
    const actions = async (...argv: string[]) => {
      const { code, lines } = await souk('bus', 'apply', ...argv)
      return { code, made: lines.filter(({ action }) => action !== 'keep') }
    }
    const planned = await actions('--dry-run')
    expect(planned.made).toContainEqual({
      what: 'topic',
      name: 'order.events.dlq',
      action: 'create',
      detail: '12 partitions, kept 7 days',
      dryRun: true,
    })
    expect((await actions()).made).toHaveLength(planned.made.length)
    expect(await actions()).toEqual({ code: 0, made: [] })
    expect((await actions('order.events', '--retention-days', '30')).made).toMatchObject([
      { name: 'order.events', action: 'change', detail: 'kept 30 days instead of 7 days' },
    ])
    expect(await actions()).toEqual({ code: 0, made: [] })
    expect(await actions('order.events', '--partitions', '24')).toMatchObject({ code: 3, made: [{ action: 'refuse' }] })
  })

  it('refuses topics nobody hears and numbers that are none', async () => {
    expect((await souk('bus', 'apply', 'nothing.events')).code).toBe(2)
    expect((await souk('bus', 'apply', '--partitions', '0')).code).toBe(2)
    expect((await souk('bus', 'remove')).code).toBe(2)
  })
})

describe('souk replay', () => {
  it('refuses a topic without events and places that are no numbers', async () => {
    expect((await souk('replay', 'inventory', 'nothing.events')).code).toBe(2)
    expect((await souk('replay', 'inventory', 'order.events', '--from', 'x')).code).toBe(2)
    expect((await souk('replay', 'inventory', 'order.events', '--since', 'yesterday')).code).toBe(2)
    expect(await souk('replay', 'inventory', 'order.events', '--again')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('inventory is no read model'),
    })
  })
})
