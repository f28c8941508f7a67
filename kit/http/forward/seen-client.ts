import type { IncomingMessage } from 'node:http'
import proxyAddress from '@fastify/proxy-addr'

/** Who asks, and how they reached us. */
export interface SeenClient {
  readonly ip: string
  readonly protocol: string
  readonly host: string
}

/**
 * Reads of a bare request what the framework reads of its own ones, with the part of it that does so there: what a trusted proxy says, else what
 * the connection shows. `trusted`: as for the framework (see `trustProxy`).
 */
export function clientReader(trusted: false | readonly string[]): (request: IncomingMessage) => SeenClient {
  const trusts = trusted === false ? () => false : proxyAddress.compile([...trusted])
  return (request) => {
    const { headers, socket } = request
    const direct = socket.remoteAddress ?? ''
    const own = { protocol: 'encrypted' in socket && socket.encrypted ? 'https' : 'http', host: headers.host ?? '' }
    if (!trusts(direct, 0)) return { ip: direct, ...own }
    return {
      ip: proxyAddress(request, trusts),
      protocol: lastOf(headers['x-forwarded-proto']) ?? own.protocol,
      host: lastOf(headers['x-forwarded-host']) ?? own.host,
    }
  }
}

/** Each proxy adds its own behind those of the others. */
function lastOf(header: string | string[] | undefined): string | undefined {
  const last = [header ?? []].flat().at(-1)?.split(',').at(-1)?.trim()
  return last === '' ? undefined : last
}
