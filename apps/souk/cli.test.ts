import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { DomainError } from '#kit/core/errors.ts'
import { commandNames, loadCommand, runCli } from './cli.ts'
import { explain } from './mends.ts'
import { createTerminal } from './terminal.ts'

class Sink extends Writable {
  text = ''
  isTTY = false
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

async function souk(...argv: string[]) {
  const stdout = new Sink()
  const stderr = new Sink()
  const code = await runCli(argv, {
    stdout,
    stderr,
    environment: {},
    signal: new AbortController().signal,
    root: new URL('../../', import.meta.url),
  })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

describe('the command line', () => {
  it('lists its commands when asked nothing', async () => {
    const { code, stdout } = await souk()
    expect(code).toBe(0)
    for (const name of await commandNames()) expect(stdout).toContain(name)
    expect((await souk('--help')).stdout).toBe(stdout)
  })

  it('says what was probably meant', async () => {
    const { code, stderr, stdout } = await souk('hepl')
    expect(code).toBe(2)
    expect(stderr).toBe('souk: There is no command hepl. Did you mean help?\n')
    expect(stdout).toBe('')
  })

  it.each([
    [['help', '--frobnicate'], "Unknown option '--frobnicate'"],
    [['help', 'one', 'two'], 'does not know what to do with two'],
  ])('refuses wrong usage with exit code 2 and a hint: %j', async (argv, words) => {
    const { code, stderr } = await souk(...argv)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
    expect(stderr).toContain('--help')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('answers errors as JSON too', async () => {
    const { stdout, code } = await souk('nothing', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({ error: { message: 'There is no command nothing.', exitCode: 2 } })
  })

  it('answers nothing but JSON with --json', async () => {
    const { stdout } = await souk('help', '--json')
    expect(JSON.parse(stdout)).toContainEqual({ name: 'help', summary: 'Lists the commands, or explains one.' })
  })
})

describe('every command', async () => {
  it.each(await commandNames())('%s explains itself', async (name) => {
    const command = await loadCommand(name)
    expect(command.summary).toMatch(/^[A-Z].*\.$/)
    const { code, stdout } = await souk(name, '--help')
    expect(code).toBe(0)
    for (const option of [...Object.keys(command.options), 'help', 'json', 'progress']) expect(stdout).toContain(`--${option}`)
  })
})

describe('errors', () => {
  const failure = (code: string, more: object = {}) => Object.assign(new Error(`raw ${code}`), { code, ...more })
  it.each([
    [failure('EADDRINUSE', { port: 8080 }), 'Port 8080 is in use', 'PORT=8081'],
    [failure('ENOSPC'), 'disk is full', 'Free some space'],
    [failure('EACCES', { syscall: 'listen', port: 80 }), 'Port 80 needs more rights', 'above 1023'],
    [failure('28P01'), 'refuses the password', 'DATABASE_URL'],
    [
      new AggregateError([failure('ECONNREFUSED', { address: '127.0.0.1', port: 5432 })]),
      'Nothing answers at 127.0.0.1:5432',
      'doctor',
    ],
    [new Error('cannot begin', { cause: failure('ENOSPC') }), 'disk is full', 'Free some space'],
  ])('say the mend: %s', (error, message, mend) => {
    const explained = explain(error)
    expect(explained.message).toContain(message)
    expect(explained.mend).toContain(mend)
    expect(explained.stack).toBeUndefined()
  })

  it('of the domain show their code', () => {
    expect(explain(new DomainError('not-found', 'orders/not-found', 'There is no such order.')).message).toBe(
      'There is no such order. [orders/not-found]',
    )
  })

  it('that nobody expected keep their stack', () => {
    expect(explain(new TypeError('x is undefined')).stack).toContain('cli.test.ts')
  })
})

describe('progress', () => {
  const work = (options: { isTTY?: boolean; json?: boolean; progress?: boolean }) => {
    const stdout = new Sink()
    const stderr = Object.assign(new Sink(), { isTTY: options.isTTY === true, columns: 80 })
    let now = 0
    const terminal = createTerminal({
      stdout,
      stderr,
      json: options.json === true,
      progress: options.progress === true,
      now: () => now,
    })
    const progress = terminal.progress('import', 1000)
    for (let done = 0; done <= 1000; done += 100) {
      now = done * 20
      progress.update(done)
    }
    progress.finish(1000)
    return { stdout: stdout.text, stderr: stderr.text }
  }

  it('is silent when nobody watches', () => {
    expect(work({})).toEqual({ stdout: '', stderr: '' })
  })

  it('shows rate and time left to a person', () => {
    const { stdout, stderr } = work({ isTTY: true })
    expect(stderr).toContain('import: 500 of 1000 (50 %), 50/s, 10 s left')
    expect(stderr.endsWith('import: 1000 of 1000 (100 %), 50/s\n')).toBe(true)
    expect(stdout).toBe('')
  })

  it('is lines when asked for in a log, and JSON lines with --json', () => {
    expect(work({ progress: true }).stderr).toContain('import: 500 of 1000 (50 %), 50/s, 10 s left\n')
    const lines = work({ json: true })
      .stdout.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toContainEqual({ progress: 'import', done: 500, total: 1000, perSecond: 50, secondsLeft: 10 })
  })
})
