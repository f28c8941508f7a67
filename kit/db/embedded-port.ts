import { readFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'

/** The wished port as it is; else the one of the last start while it is free; else any free one. */
export async function choosePort(wished: number | undefined, dir: string): Promise<number> {
  if (wished) return wished
  const last = Number.parseInt(await readFile(path.join(dir, 'port'), 'utf8').catch(() => ''), 10)
  return (last && (await tryPort(last))) || ((await tryPort(0)) as number)
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const { port: taken } = server.address() as net.AddressInfo
      server.close(() => resolve(taken))
    })
  })
}
