import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new temporary folder for a shop or a database of its own, named after `name`; or `kept`, made where it is not there yet. */
export async function shopFolder(name: string, kept?: string): Promise<string> {
  if (kept !== undefined) await mkdir(kept, { recursive: true })
  const folder = kept ?? (await mkdtemp(join(tmpdir(), `souk-${name}-`)))
  // as root PostgreSQL runs as another user, who must be able to get here
  await chmod(folder, 0o755)
  return folder
}
