import type { Finding } from '../health-checks.ts'
import type { Installation } from '../installation.ts'
import { statusOfStack } from '../stack/control.ts'
import { type Connections, described } from './connections.ts'

interface Place {
  readonly name: string
  readonly url: string
  readonly note: string
}

interface Health {
  readonly status: string
  readonly components?: Readonly<Record<string, { readonly status: string; readonly details?: Record<string, unknown> }>>
}

const TIMEOUT_MS = 5_000

/** Every process of a split shop (the stack of this folder, and what SOUK_PEERS names): whether it is well, and what it is connected to. */
export async function checkProcesses({ settings }: Installation): Promise<Finding[]> {
  const stack = await statusOfStack(settings.dir)
  const places: Place[] = (stack?.processes ?? []).map(({ name, url, pid, rssMb, restarts, state }) => ({
    name,
    url: url ?? '',
    note: [
      `pid ${pid ?? '–'}`,
      ...(rssMb === null ? [] : [`${rssMb} MB`]),
      ...(restarts > 0 ? [`restarted ${restarts} ×`] : []),
      ...(state === 'up' ? [] : [state]),
    ].join(', '),
  }))
  for (const peer of settings.peers) {
    const [name = '', url = ''] = peer.split(/=(.*)/s, 2)
    if (!places.some((place) => place.url === url)) places.push({ name, url, note: 'of SOUK_PEERS' })
  }
  return await Promise.all(places.map(checkProcess))
}

async function checkProcess({ name, url, note }: Place): Promise<Finding> {
  const check = `process ${name}`
  let health: Health
  try {
    const answer = await fetch(`${url}/actuator/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    health = (await answer.json()) as Health
  } catch {
    return {
      check,
      state: 'failed',
      detail: `does not answer at ${url || '–'} (${note})`,
      mend: 'Look at its log; a stack starts it again by itself.',
    }
  }
  const parts = Object.entries(health.components ?? {})
  const down = parts
    .filter(([, { status }]) => status === 'DOWN')
    .map(([part, { details }]) => `${part}: ${details?.error ?? 'down'}`)
  const connections = health.components?.connections?.details as unknown as Connections | undefined
  const detail = `${url} (${note})${connections ? `; ${described(connections)}` : ''}`
  if (down.length > 0) return { check, state: 'failed', detail: `${detail}. DOWN: ${down.join(', ')}` }
  if (health.status !== 'UP') return { check, state: 'warning', detail: `${detail}. It takes no requests yet.` }
  return { check, state: 'ok', detail }
}
