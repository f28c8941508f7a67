import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createFileStore } from './file-store.ts'
import { objectStoreContract } from './object-store.contract.ts'

const folders: string[] = []
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'souk objects '))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

objectStoreContract('file:', async () => createFileStore(await newFolder()))

describe('file store', () => {
  it('S18: calls a file without a known type plain bytes, so that no browser runs it', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'page.html'), '<script>alert(1)</script>')
    expect((await createFileStore(folder).get('page.html'))?.object.contentType).toBe('application/octet-stream')
  })

  it('leaves no half-written files behind', async () => {
    const folder = await newFolder()
    const store = createFileStore(folder)
    await Promise.all(Array.from({ length: 10 }, () => store.put('a/b', Buffer.alloc(1000), 'text/plain')))
    const files = await readdir(folder, { recursive: true })
    expect(files.filter((file) => file.endsWith('.part'))).toEqual([])
  })
})
