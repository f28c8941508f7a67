import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MigrationSet } from '#kit/db/migrations.ts'

export interface MigrationFolder extends MigrationSet {
  write(file: string, text: string): Promise<void>
  remove(): Promise<void>
}

/** A migration set in a temporary folder, for tests of what migrations do. */
export async function migrationFolder(name: string, files: Record<string, string>): Promise<MigrationFolder> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'souk-migrations-'))
  const write = (file: string, text: string) => writeFile(path.join(dir, file), text)
  for (const [file, text] of Object.entries(files)) await write(file, text)
  return { name, folder: pathToFileURL(`${dir}/`), write, remove: () => rm(dir, { recursive: true, force: true }) }
}
