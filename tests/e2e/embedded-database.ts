import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Address of the embedded database of a running shop, for its administrator. `folder`: SOUK_DIR of the shop. */
export async function embeddedDatabaseUrl(folder: string): Promise<string> {
  const read = async (...path: string[]) => (await readFile(join(folder, 'postgres', ...path), 'utf8')).trim()
  return `postgres://souk_admin:${await read('data', 'souk.password')}@127.0.0.1:${await read('port')}/souk`
}
