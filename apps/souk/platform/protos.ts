import { readdir, readFile } from 'node:fs/promises'

const folder = new URL('../../../contracts/rpc/', import.meta.url)

/** Texts of the published `.proto` files by service: field numbers are kept in them. */
export async function readProtos(): Promise<(service: string) => string | undefined> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.proto'))
  const texts = await Promise.all(
    names.map(async (name) => [name.slice(0, -'.proto'.length), await readFile(new URL(name, folder), 'utf8')] as const),
  )
  const published = new Map(texts)
  return (service) => published.get(service)
}
