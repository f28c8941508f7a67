import { createHash } from 'node:crypto'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { errors } from './errors.ts'
import type { Repository, Snapshot } from './repository.ts'

const MOST_FILES = 5_000
const MOST_BYTES = 1024 * 1024

/**
 * A folder of files; a label is a folder in it. Hidden files are not there. Links are followed to files within the folder only: that is how
 * Kubernetes mounts a ConfigMap.
 */
export function folderRepository(root: string): Repository {
  const repository: Repository = {
    // labels are folders in it
    state: async () => (await repository.at(undefined)).version,
    async at(label): Promise<Snapshot> {
      const folder = label === undefined ? root : join(root, label)
      const found = await filesBelow(folder).catch((error: NodeJS.ErrnoException) => {
        if (label !== undefined && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) throw errors.noSuchLabel({ label })
        throw errors.unreadable({}, { cause: error })
      })
      const names = new Set(found.map(({ path }) => path))
      const hash = createHash('sha256')
      for (const { path, changed, size } of found) hash.update(`${path}\0${changed}\0${size}\n`)
      return {
        label: label ?? null,
        version: hash.digest('hex').slice(0, 40),
        files: [...names],
        read: async (path) => (names.has(path) ? await readFile(join(folder, path)) : undefined),
      }
    },
  }
  return repository
}

interface Found {
  readonly path: string
  readonly changed: number
  readonly size: number
}

async function filesBelow(folder: string): Promise<Found[]> {
  const found: Found[] = []
  const inside = `${await realpath(folder)}${sep}`
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) await walk(path)
      if (!entry.isFile() && !entry.isSymbolicLink()) continue
      const file = await realpath(join(folder, path)).catch(() => '')
      if (!file.startsWith(inside)) continue
      const about = await stat(file)
      if (about.isFile() && about.size <= MOST_BYTES) found.push({ path, changed: about.mtimeMs, size: about.size })
      if (found.length > MOST_FILES) throw new Error(`${folder} has more than ${MOST_FILES} files`)
    }
  }
  await walk('')
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}
