import { hkdfSync, randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from './command.ts'
import { weakness } from './weak-secret.ts'

/** All secrets of an installation, derived from one. */
export interface Secrets {
  /** 32 bytes that are the same in every process of this installation and different for every purpose. */
  secret(purpose: string): Buffer
  /** The same as text (base64url, 43 characters): passwords of database roles and the like. */
  password(purpose: string): string
  /** where the master secret came from */
  readonly source: 'environment' | 'file'
}

const fileName = 'secrets.json'

/**
 * Opens the master secret: the setting SOUK_SECRET, else the one generated in `<dir>/secrets.json` on the first start.
 * The file is readable by its owner only; one that others can read is refused.
 */
export async function openSecrets(options: { dir: string; secret?: string | undefined }): Promise<Secrets> {
  if (options.secret !== undefined) {
    const weak = weakness(options.secret)
    if (weak) throw new CommandError(`SOUK_SECRET ${weak}.`, { mend: '`openssl rand -base64 48` makes a good one.' })
    return derive(masterOf(options.secret), 'environment')
  }
  return derive(await readOrCreate(options.dir), 'file')
}

/** `base64:…` are the bytes themselves, as they stand in the file: a shop that outgrows its folder takes its master secret along. */
const BYTES = 'base64:'

function masterOf(text: string): Buffer {
  if (!text.startsWith(BYTES)) return Buffer.from(text)
  const master = Buffer.from(text.slice(BYTES.length), 'base64')
  if (master.length >= 32) return master
  throw new CommandError('SOUK_SECRET holds fewer than 32 bytes of base64.', {
    mend: 'Take `master` of secrets.json whole, or make a new one: `openssl rand -base64 48`.',
  })
}

/** The master secret as SOUK_SECRET of another process has to say it. */
export async function secretText(options: { dir: string; secret?: string | undefined }): Promise<string> {
  return options.secret ?? `${BYTES}${(await readOrCreate(options.dir)).toString('base64')}`
}

function derive(master: Buffer, source: Secrets['source']): Secrets {
  const derived = new Map<string, Buffer>()
  const secret = (purpose: string) => {
    const known = derived.get(purpose) ?? Buffer.from(hkdfSync('sha256', master, 'souk', purpose, 32))
    derived.set(purpose, known)
    return known
  }
  return { secret, password: (purpose) => secret(`password ${purpose}`).toString('base64url'), source }
}

async function readOrCreate(dir: string): Promise<Buffer> {
  const file = join(dir, fileName)
  for (;;) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) await create(dir, file)
    else return await check(file, text)
  }
}

/** Written aside and linked, so that of two first starts one wins and nobody reads half a file. */
async function create(dir: string, file: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const content = {
    about: 'Generated on the first start. Whoever has this file can sign in as anybody.',
    master: randomBytes(48).toString('base64'),
  }
  try {
    await writeFile(aside, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flush: true })
    await chmod(aside, 0o600)
    await link(aside, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(aside, { force: true })
  }
}

async function check(file: string, text: string): Promise<Buffer> {
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CommandError(`${file} can be read by other users.`, { mend: `Run: chmod 600 ${JSON.stringify(file)}.` })
  }
  const master = Buffer.from(readMaster(text) ?? '', 'base64')
  if (master.length >= 32) return master
  throw new CommandError(`${file} is damaged.`, {
    mend: 'Restore it from a backup. Without it, stored two-factor secrets and signing keys cannot be read.',
  })
}

function readMaster(text: string): string | undefined {
  try {
    const { master } = JSON.parse(text) as { master?: unknown }
    return typeof master === 'string' ? master : undefined
  } catch {
    return undefined
  }
}
