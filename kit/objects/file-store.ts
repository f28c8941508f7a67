import { createHash, randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkKey } from './object-key.ts'
import type { ObjectStore, StoredObject } from './objects.ts'

/**
 * Driver `file:`: objects are files of a folder, named by their keys. The content type is never guessed from the
 * content: it stands in `.types/<key>.json`, listed by etag, so that a reader between the two writes of a `put` sees the old object or
 * the new one, never the bytes of one with the type of the other.
 */
export function createFileStore(folder: string | URL): ObjectStore {
  const root = resolve(typeof folder === 'string' ? folder : fileURLToPath(folder))
  const types = join(root, '.types')
  const contentFile = (key: string) => join(root, ...checkKey(key).split('/'))
  const typesFile = (key: string) => `${join(types, ...checkKey(key).split('/'))}.json`

  const readTypes = async (key: string): Promise<Record<string, string>> => {
    const text = await readIfThere(typesFile(key))
    return text ? (JSON.parse(text.toString()) as Record<string, string>) : {}
  }

  const write = async (key: string, content: Buffer, contentType: string): Promise<StoredObject> => {
    const object: StoredObject = { key, contentType, size: content.length, etag: etagOf(content) }
    const before = await readIfThere(contentFile(key))
    const known = before ? await readTypes(key) : {}
    const previous = before ? etagOf(before) : undefined
    const kept = previous && known[previous] ? { [previous]: known[previous] } : {}
    await writeWhole(typesFile(key), Buffer.from(JSON.stringify({ ...kept, [object.etag]: contentType })))
    await writeWhole(contentFile(key), content)
    return object
  }

  // writers of one key take turns, or one could drop the type that another has just noted
  const turns = new Map<string, Promise<unknown>>()
  const inTurn = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(key) ?? Promise.resolve()).then(work, work)
    turns.set(key, turn)
    const forget = () => void (turns.get(key) === turn && turns.delete(key))
    turn.then(forget, forget)
    return turn
  }

  return {
    async put(key, content, contentType) {
      return await inTurn(checkKey(key), () => write(key, content, contentType))
    },
    async get(key) {
      const content = await readIfThere(contentFile(key))
      if (!content) return undefined
      const etag = etagOf(content)
      // a file put there by hand has no type: then it is bytes, nothing a browser would run
      const contentType = (await readTypes(key))[etag] ?? 'application/octet-stream'
      return { content, object: { key, contentType, size: content.length, etag } }
    },
    async delete(key) {
      await inTurn(checkKey(key), async () => {
        await rm(contentFile(key), { force: true })
        await rm(typesFile(key), { force: true })
      })
    },
    async *list(prefix) {
      const start = prefix.includes('/') ? checkKey(prefix.slice(0, prefix.lastIndexOf('/'))).split('/') : []
      for await (const file of walk(join(root, ...start))) {
        const key = relative(root, file).split(sep).join('/')
        if (key.startsWith(prefix)) yield key
      }
    },
    async describe() {
      await mkdir(root, { recursive: true })
      return { driver: 'file', folder: root }
    },
    async close() {},
  }
}

const etagOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 32)

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}

/** On disk before it has its name: a crash leaves the old file or the new one. */
async function writeWhole(file: string, content: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const aside = join(dirname(file), `.${randomBytes(8).toString('hex')}.part`)
  try {
    const handle = await open(aside, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(aside, file)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

/** Files below a folder in the order of their whole keys: a folder sorts as its name with the slash. Hidden names are ours. */
async function* walk(folder: string): AsyncIterable<string> {
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return
    throw error
  }
  const sortKey = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name)
  const visible = entries.filter((entry) => !entry.name.startsWith('.'))
  for (const entry of visible.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* walk(path)
    else yield path
  }
}
