import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyProcess } from '#kit/process/process.ts'
import type { Service } from '#kit/service/service.ts'
import { CommandError } from './command.ts'

/** A service and the module it came from. */
export interface LoadedService {
  readonly service: Service
  /** folder of the service, or the extension's module */
  readonly source: URL
}

interface LoadOptions {
  /** folder of the installation */
  root: URL
  /** packages or files that bring services of their own: setting SOUK_EXTENSIONS */
  extensions?: readonly string[]
  /** of the folders, only these */
  only?: readonly string[]
}

/**
 * Finds every service by its folder (`services/<name>/service.ts`) and in the extensions. No list of services is written
 * down anywhere. Throws when two share a name or a port, or a folder's service has another name.
 */
export async function loadServices({ root, extensions = [], only }: LoadOptions): Promise<LoadedService[]> {
  const folders = (await subfolders(new URL('services/', root))).filter((name) => only?.includes(name) ?? true)
  const own = await Promise.all(folders.map((name) => loadOwn(name, new URL(`services/${name}/`, root))))
  const added = await Promise.all(extensions.map((extension) => loadExtension(extension, root)))
  const all = [...own.filter((loaded) => loaded !== undefined), ...added.flat()]
  refuseDoubles(all)
  return all
}

/** The names alone, without any code: folders with a manifest. Services of extensions are not among them. */
export async function serviceNames(root: URL): Promise<string[]> {
  const folders = await subfolders(new URL('services/', root))
  const isOne = await Promise.all(
    folders.map(async (name) => (await readdir(new URL(`services/${name}/`, root))).includes('service.ts')),
  )
  return folders.filter((_, index) => isOne[index])
}

async function loadOwn(folder: string, source: URL): Promise<LoadedService | undefined> {
  if (!(await readdir(source)).includes('service.ts')) return undefined
  const found = await exportsOf(new URL('service.ts', source), isService)
  if (found.length !== 1) throw new Error(`services/${folder}/service.ts must export one service, it exports ${found.length}.`)
  const service = found[0]!
  if (service.name !== folder)
    throw new Error(`services/${folder}/service.ts calls itself ${service.name}; folder and name must be the same.`)
  return { service, source }
}

async function loadExtension(name: string, root: URL): Promise<LoadedService[]> {
  let file: string
  try {
    file = isAbsolute(name) ? name : createRequire(new URL('package.json', root)).resolve(name)
  } catch (error) {
    throw new CommandError(`The extension ${name} is not installed.`, {
      mend: `Run \`npm install ${name}\`, or take it out of SOUK_EXTENSIONS.`,
      cause: error,
    })
  }
  const source = pathToFileURL(file)
  const found = await exportsOf(source, isService)
  if (found.length === 0)
    throw new CommandError(`The extension ${name} exports no service.`, { mend: 'Take it out of SOUK_EXTENSIONS.' })
  return found.map((service) => ({ service, source }))
}

/**
 * Finds every process by its folder: what `processes/<name>/*.process.ts` exports and looks like `defineProcess` made it.
 * Throws when two share a name.
 */
export async function loadProcesses(root: URL): Promise<AnyProcess[]> {
  const folders = await subfolders(new URL('processes/', root))
  const files = await Promise.all(
    folders.map(async (name) => {
      const folder = new URL(`processes/${name}/`, root)
      return (await readdir(folder)).filter((file) => file.endsWith('.process.ts')).map((file) => new URL(file, folder))
    }),
  )
  const processes = (await Promise.all(files.flat().map((file) => exportsOf(file, isProcess)))).flat()
  for (const [name, same] of doubles(processes, (process) => process.contract.name)) {
    throw new Error(`${same.length} processes are called ${name}; a process needs a name of its own.`)
  }
  return processes
}

function isService(value: unknown): value is Service {
  const candidate = value as Partial<Service> | null | undefined
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.name === 'string' &&
    typeof candidate.port === 'number' &&
    typeof candidate.summary === 'string' &&
    typeof candidate.create === 'function'
  )
}

function isProcess(value: unknown): value is AnyProcess {
  const candidate = value as Partial<AnyProcess> | null | undefined
  return typeof candidate === 'object' && typeof candidate?.contract?.home === 'string' && typeof candidate.react === 'function'
}

async function exportsOf<T>(file: URL, fits: (value: unknown) => value is T): Promise<T[]> {
  const exports: Record<string, unknown> = await import(file.href)
  return [...new Set(Object.values(exports))].filter(fits)
}

/** Sorted, so that every host starts services in the same order. No folder yet means none. */
async function subfolders(folder: URL): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function refuseDoubles(all: readonly LoadedService[]): void {
  for (const [name, same] of doubles(all, ({ service }) => service.name)) {
    throw new Error(`The service name ${name} is taken twice: ${same.map(({ source }) => source.pathname).join(' and ')}.`)
  }
  for (const [port, same] of doubles(all, ({ service }) => service.port)) {
    throw new Error(
      `The services ${same.map(({ service }) => service.name).join(' and ')} share port ${port}; each needs one of its own.`,
    )
  }
}

function doubles<T, K>(items: readonly T[], key: (item: T) => K): [K, T[]][] {
  return [...Map.groupBy(items, key)].filter(([, same]) => same.length > 1)
}
