import { describe, expect, it } from 'vitest'
import { withContext } from '#kit/core/context.ts'
import { createPinoLogger, type PinoLoggerOptions } from './pino-logger.ts'

function logTo(options: Partial<PinoLoggerOptions> = {}) {
  const lines: string[] = []
  const log = createPinoLogger({ level: 'info', app: 'souk', stream: { write: (line) => void lines.push(line) }, ...options })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> }
}

describe('log lines of a kind', () => {
  const fixed = { service: 'orders', method: 'GET', route: '/api/orders/:id', password: 'hunter22' }
  const lines = [
    { traceId: 'ab'.repeat(16), status: 200, ms: 1.5, user: '0198c2a4-0000-7000-8000-000000000000' },
    { traceId: 'x', correlationId: 'card 4111 1111 1111 1111', status: 404, ms: 0, anonymous: undefined },
    { traceId: 4111111111111111, correlationId: 'a"b\\c\nd', ms: Number.NaN, user: 'ada@example.com', last: true },
    { token: '0198c2a4-0000-7000-8000-000000000000', anythingNew: 'free text', ms: -Infinity },
  ]
  it('say and hide the same as all others', () => {
    const [long, short] = [logTo(), logTo()]
    const write = short.log.child({ service: 'auth', name: 'ada@example.com' }).prepared!(fixed, 'mail to ada@example.com')
    for (const fields of lines) {
      write(fields)
      long.log.child({ service: 'auth', name: 'ada@example.com' }).info({ ...fixed, ...fields }, 'mail to ada@example.com')
      expect({ ...short.last(), time: '' }).toEqual({ ...long.last(), time: '' })
      expect(Math.abs(Date.parse(String(short.last().time)) - Date.parse(String(long.last().time)))).toBeLessThan(1000)
      expect(String(short.last().time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    expect(short.lines.join()).not.toMatch(/4111|ada@|hunter22|free text/)
  })

  it('are not written below the level', () => {
    const { log, lines } = logTo({ level: 'warn' })
    log.prepared!(fixed, 'request')({ status: 200 })
    expect(lines).toHaveLength(0)
  })
})

describe('log lines', () => {
  it('carry level, time, service and a plain sentence', () => {
    const { log, last } = logTo()
    log.child({ service: 'orders' }).info({ orderId: '0198c2a4-0000-7000-8000-000000000000', lines: 3 }, 'order placed')
    expect(last()).toMatchObject({
      level: 'info',
      app: 'souk',
      service: 'orders',
      orderId: '0198c2a4-0000-7000-8000-000000000000',
      lines: 3,
      msg: 'order placed',
    })
    expect(new Date(String(last().time)).getTime()).toBeGreaterThan(Date.now() - 60_000)
  })

  it('carry the ids of the work they belong to', () => {
    const { log, last } = logTo()
    withContext({ traceId: 'a'.repeat(32), correlationId: 'story' }, () => log.info({}, 'inside'))
    expect(last()).toMatchObject({ traceId: 'a'.repeat(32), correlationId: 'story' })
    log.info({}, 'outside')
    expect(last()).not.toHaveProperty('traceId')
  })

  it('are not written below the level', () => {
    const { log, lines } = logTo({ level: 'warn' })
    log.info({}, 'no')
    log.warn({}, 'yes')
    expect(lines).toHaveLength(1)
  })

  it.each([
    ['password', 'correct horse'],
    ['email', 'ada@example.com'],
    ['name', 'ada@example.com'],
    ['path', '/reset?token=abcdef123'],
    ['url', 'postgres://souk:hunter22@db/souk'],
    ['reason', 'header was Bearer abc.def.ghi'],
    ['reason', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
    ['reason', 'card 4111 1111 1111 1111 declined'],
    ['card', '4111111111111111'],
    ['number', '4111111111111111'],
    ['resetToken', '0198c2a4-0000-7000-8000-000000000000'],
    ['street', 'Hauptstraße 1'],
    ['anythingNew', 'free text'],
  ])('hide what stands under %s: %s', (key, value) => {
    const secrets = [
      'correct horse',
      'ada@',
      'abcdef123',
      'hunter22',
      'abc.def',
      'eyJ',
      '4111',
      'Hauptstra',
      'free text',
      '0198c2a4',
    ]
    const { log, lines } = logTo()
    log.info({ [key]: value, deep: { list: [{ [key]: value }] } }, 'something happened')
    for (const secret of secrets) expect(lines.join()).not.toContain(secret)
  })

  it('hide card numbers given as numbers, and addresses in the sentence', () => {
    const { log, lines } = logTo()
    log.info({ amount: 4111111111111111, total: 1995n }, 'mail to ada@example.com')
    expect(lines[0]).not.toContain('4111111111111111')
    expect(lines[0]).not.toContain('ada@')
    expect(lines[0]).toContain('"total":"1995"')
  })

  it("keep an error's code and frames, not the row that the database quotes", () => {
    const { log, last, lines } = logTo()
    const error = Object.assign(new Error('duplicate key of ada@example.com'), {
      code: '23505',
      detail: 'Key (email)=(ada@example.com) exists.',
      query: 'insert …',
    })
    log.error({ error }, 'cannot save')
    expect(last().error).toMatchObject({ type: 'Error', code: '23505', message: 'duplicate key of [address]' })
    expect(lines[0]).toContain('pino-logger.test.ts')
    expect(lines[0]).not.toContain('ada@')
    expect(lines[0]).not.toContain('insert')
  })

  it('survive objects that refer to themselves', () => {
    const { log, lines } = logTo()
    const circular: Record<string, unknown> = {}
    circular.self = circular
    log.info({ circular }, 'fine')
    expect(lines).toHaveLength(1)
  })

  it('cannot be forged: line breaks and colours in a value stay inside it', () => {
    const { log, lines } = logTo({ pretty: true })
    log.info({ reason: 'x\n12:00:00 error fake \x1b[31mred' }, 'first\nsecond')
    expect(lines[0]?.trimEnd().split('\n')).toHaveLength(1)
    expect(lines[0]).not.toContain('\x1b[31mred')
  })
})
