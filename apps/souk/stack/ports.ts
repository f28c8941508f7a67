import { once } from 'node:events'
import { createServer } from 'node:net'
import { CommandError } from '../command.ts'
import { grpcPort } from '../platform/peers.ts'
import type { StackProcess } from './topology.ts'

const TRIES = 50
/** Below where systems take ports for outgoing connections from. */
const [LOWEST_SHIFT, HIGHEST_SHIFT] = [2_000, 20_000]

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

async function takenOf(host: string, processes: readonly StackProcess[]): Promise<number[]> {
  const ports = processes.flatMap(({ port }) => [port, grpcPort(port)])
  const free = await Promise.all(ports.map((port) => isFree(host, port)))
  return ports.filter((_, index) => !free[index])
}

/** Refuses to start where a port is taken, and says which. */
export async function requirePorts(host: string, processes: readonly StackProcess[]): Promise<void> {
  const taken = await takenOf(host, processes)
  if (taken.length > 0)
    throw new CommandError(
      `${taken.length > 1 ? 'The ports' : 'The port'} ${taken.join(', ')} ${taken.length > 1 ? 'are' : 'is'} in use.`,
      {
        mend: 'Stop what runs there, or move all ports: PORT=18080 npx souk stack (the gateway; the others keep their distance), PORT=0 finds free ones.',
      },
    )
}

/** How far all ports have to be moved so that every one is free. */
export async function freeShift(host: string, processesAt: (shift: number) => readonly StackProcess[]): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const shift = LOWEST_SHIFT + Math.floor(Math.random() * (HIGHEST_SHIFT - LOWEST_SHIFT))
    if ((await takenOf(host, processesAt(shift))).length === 0) return shift
  }
  throw new CommandError('No free ports were found for the stack.')
}
