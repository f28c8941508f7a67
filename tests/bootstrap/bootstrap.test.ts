import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'

let folder: string
const bin = fileURLToPath(new URL('../../bin/', import.meta.url))

/** A clone with one dependency, an npm that only pretends, and a platform that answers with its arguments. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'souk clone '))
  await cp(bin, join(folder, 'bin'), { recursive: true })
  await write('package.json', '{"type":"module"}')
  await writeLock('1.0.0')
  await write(
    'apps/souk/main.ts',
    `const [command = ''] = process.argv.slice(2)
     if (command === 'wait') {
       process.on('SIGTERM', () => { console.log('stopped'); process.exit(5) })
       setInterval(() => {}, 1000)
     } else process.exitCode = Number(command)
     console.log('ran', command)`,
  )
  await npm('exit 0')
})
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text, { mode })
}

const packages = (version: string) => ({ 'node_modules/beans': { version, integrity: 'sha512-x' } })
const writeLock = (version: string) => write('package-lock.json', JSON.stringify({ packages: { '': {}, ...packages(version) } }))

/** npm that notes its call, puts `beans` in its place, and then does `end`. */
const npm = (end: string, version = '1.0.0') =>
  write(
    'tools/npm',
    `#!/bin/sh
echo "$@" >> calls
mkdir -p node_modules/beans
echo '${JSON.stringify({ packages: packages(version) })}' > node_modules/.package-lock.json
${end}
`,
    0o755,
  )

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

function start(command: string, more: Record<string, string> = {}) {
  const { npm_execpath: _, ...environment } = process.env
  const child = spawn(process.execPath, [join(folder, 'bin/souk.mjs'), command], {
    env: { ...environment, PATH: `${join(folder, 'tools')}${delimiter}${process.env.PATH}`, ...more },
  })
  const seen = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (seen.out += chunk))
  child.stderr.on('data', (chunk) => (seen.err += chunk))
  return { child, seen, ended: once(child, 'close').then(([code, signal]) => ({ code, signal, ...seen })) }
}

describe('the first start', () => {
  it('installs, then runs the command with its exit code', async () => {
    const { code, out, err } = await start('7').ended
    expect({ code, out }).toEqual({ code: 7, out: 'ran 7\n' })
    expect(err).toContain('first start: installing packages')
    expect(await calls()).toEqual([expect.stringContaining('--omit=dev')])
  })

  it('installs once when two start at the same moment', async () => {
    await npm('while [ ! -e go ]; do sleep 0.05; done')
    const both = [start('0'), start('0')]
    await eventually(() => expect(both.map(({ seen }) => seen.err).join()).toContain('another installation is running here'))
    await write('go', '')
    for (const { ended } of both) expect(await ended).toMatchObject({ code: 0, out: 'ran 0\n' })
    expect(await calls()).toHaveLength(1)
  })

  it('takes over from an installation that was killed', async () => {
    await write('.souk/install.lock', '999999 1 1')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(join(folder, '.souk/install.lock'), longAgo, longAgo)
    expect((await start('0').ended).code).toBe(0)
    expect(await calls()).toHaveLength(1)
  })

  it.each([
    ['echo "npm error code ENOTFOUND" >&2; exit 1', 'the package registry cannot be reached'],
    ['echo "npm error code ENOSPC" >&2; exit 1', 'the disk is full'],
    ['echo "npm error something new" >&2; exit 3', 'something new'],
  ])('says what to do when npm fails: %s', async (end, words) => {
    await npm(`rm -rf node_modules; ${end}`)
    const { code, err, out } = await start('0').ended
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(words)
  })

  it('S31: notices when npm left something out', async () => {
    await npm('exit 0', '0.9.0')
    const { code, err } = await start('0').ended
    expect(code).toBe(1)
    expect(err).toContain('npm left out beans')
  })
})

describe('later starts', () => {
  beforeEach(async () => {
    await start('0').ended
    await rm(join(folder, 'calls'))
  })

  it('install nothing, even when somebody ran npm by hand', async () => {
    expect((await start('0').ended).err).toBe('')
    await rm(join(folder, 'node_modules/.souk-installed.json'))
    expect((await start('0').ended).err).toBe('')
    expect(await calls()).toEqual([])
  })

  it('install what an update of the lock file asks for', async () => {
    await writeLock('1.1.0')
    await npm('exit 0', '1.1.0')
    expect((await start('0').ended).code).toBe(0)
    expect(await calls()).toHaveLength(1)
  })

  it('stop when they are told to', async () => {
    const { child, seen, ended } = start('wait')
    await eventually(() => expect(seen.out).toContain('ran wait'))
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 5, out: 'ran wait\nstopped\n' })
  })
})

describe('a machine whose Node is too old', () => {
  /** This Node says it is an old one. */
  const old = `--import=data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`

  it('runs the shop with the Node that came with the packages', async () => {
    await write('node_modules/node/bin/node', `#!/bin/sh\nunset NODE_OPTIONS\nexec "${process.execPath}" "$@"\n`, 0o755)
    expect(await start('7', { NODE_OPTIONS: old }).ended).toMatchObject({ code: 7, out: 'ran 7\n' })
  })

  it('is told to install a newer one where that is missing', async () => {
    const { code, out, err } = await start('0', { NODE_OPTIONS: old }).ended
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/Node 24\.\d+ or newer is needed, this is 20\.1\.0.*install a newer Node/)
  })
})
