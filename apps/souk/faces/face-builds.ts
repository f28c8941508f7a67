import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A web application of this house, and how its files are made. */
export interface Face {
  readonly name: string
  /** what the build reads, from the root: folders and files */
  readonly sources: readonly string[]
  /** arguments of Node, run in the face's folder; writes to `build` there */
  readonly build: readonly string[]
}

/** The clone. */
export const ROOT = new URL('../../../', import.meta.url)

const reactRouter = '../../node_modules/@react-router/dev/bin.cjs'

export const FACES = {
  storefront: {
    name: 'storefront',
    sources: ['apps/storefront', 'packages/client/src', 'package-lock.json'],
    build: [reactRouter, 'build'],
  },
  admin: {
    name: 'admin',
    sources: [
      'apps/admin',
      'apps/storefront/app/styles',
      'apps/storefront/app/components',
      'apps/storefront/app/i18n',
      'packages/client/src',
      'package-lock.json',
    ],
    build: ['../../node_modules/vite/bin/vite.js', 'build'],
  },
} as const satisfies Record<string, Face>

/** Made by builds themselves, or not part of what is built. */
const PASSED_OVER = new Set(['build', 'node_modules', '.react-router'])
const STAMP = 'sources.sha256'

/** Folder of the finished files of a face, for these very sources; builds them where they are missing. */
export async function builtFace(face: Face, root: URL, onBuild: () => void = () => undefined): Promise<string> {
  const folder = fileURLToPath(new URL(`apps/${face.name}/`, root))
  const wanted = await hashOf(face, fileURLToPath(root))
  const finished = join(folder, 'build')
  if ((await stampOf(finished)) === wanted) return finished
  onBuild()
  await mkdir(folder, { recursive: true })
  await runBuild(face, folder)
  await writeFile(join(finished, STAMP), wanted)
  return finished
}

const stampOf = async (folder: string) => await readFile(join(folder, STAMP), 'utf8').catch(() => undefined)

async function hashOf(face: Face, root: string): Promise<string> {
  const hash = createHash('sha256')
  for (const source of face.sources)
    for (const file of await filesOf(join(root, source))) hash.update(file.slice(root.length)).update(await readFile(file))
  return hash.digest('hex')
}

async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  const kept = entries
    .filter(({ name }) => !PASSED_OVER.has(name) && !name.includes('.test.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return (await Promise.all(kept.map(({ name }) => filesOf(join(path, name))))).flat()
}

/** In a process of its own, which takes its memory with it. */
async function runBuild(face: Face, folder: string): Promise<void> {
  const child = spawn(process.execPath, [...face.build], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said = (said + chunk).slice(-4_000)))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the ${face.name} could not be built (${code}):\n${said}`)
}
