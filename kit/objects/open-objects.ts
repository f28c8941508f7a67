import { createFileStore } from './file-store.ts'
import type { ObjectStore } from './objects.ts'

/**
 * The storage a URL asks for: `file:///folder` or `s3://…`. The client of S3 is large: only a shop that stores there loads it, with
 * the first file.
 */
export function openObjects(url: string): ObjectStore {
  if (!url.startsWith('s3:')) return createFileStore(new URL(url))
  let opened: Promise<ObjectStore> | undefined
  const open = () => (opened ??= import('./s3-store.ts').then(({ createS3Store }) => createS3Store(url)))
  const linked = new URL(url).searchParams.get('links') === 'signed'
  return {
    put: async (...args) => await (await open()).put(...args),
    get: async (key) => await (await open()).get(key),
    delete: async (key) => await (await open()).delete(key),
    async *list(prefix) {
      yield* (await open()).list(prefix)
    },
    ...(linked
      ? { link: async (...args: Parameters<NonNullable<ObjectStore['link']>>) => await (await open()).link!(...args) }
      : {}),
    describe: async () => await (await open()).describe(),
    close: async () => await (await opened)?.close(),
  }
}
