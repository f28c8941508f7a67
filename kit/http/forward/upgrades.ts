import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { pipeline } from 'node:stream'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import Router from 'find-my-way'
import type { CompiledRoute } from '../compiled-route.ts'
import { rewriteUrl } from '../edge.ts'
import { errors } from '../errors.ts'
import { refusal } from '../policy.ts'
import { problemBody, statusOf, toDomainError } from '../problem.ts'
import { requestId, correlationIdOf } from '../trace.ts'
import type { RateState } from '../rate-limit.ts'
import type { RouteFacts } from '../compiled-route.ts'
import { climbs, type Forwarder } from './forwarder.ts'
import { clientReader } from './seen-client.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Logger } from '#kit/service/logger.ts'

type Promisable<T> = T | Promise<T>

/** A WebSocket lives no longer than this: who may connect is asked only once. */
const LIFE_MS = 3_600_000

export interface UpgradeOptions {
  readonly routes: readonly CompiledRoute[]
  readonly forwarder: Pick<Forwarder, 'upgrade'>
  readonly authenticate: (headers: IncomingMessage['headers']) => Promisable<Principal>
  readonly count: (principal: Principal, ip: string, facts: RouteFacts) => Promisable<RateState> | undefined
  readonly corsOrigins: readonly string[]
  /** proxies whose word for a client is taken, as for requests */
  readonly trusted: false | readonly string[]
  readonly log: Logger
}

/**
 * WebSockets of services that run elsewhere: the same questions as for a request (who, how often, may they, and from which page), then two sockets are joined.
 * Nothing here understands what goes over them.
 */
export function passUpgrades(app: FastifyInstance, options: UpgradeOptions): void {
  const { routes, forwarder, log } = options
  const router = Router({ maxParamLength: 200 })
  for (const one of routes) if (one.facts.method === 'GET') router.on('GET', one.facts.path, () => undefined, one)
  const clientOf = clientReader(options.trusted)
  const open = new Set<Duplex>()

  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    join(request, socket, head).catch((error: unknown) => refuse(request, socket, error))
  })
  app.addHook('preClose', (done) => {
    for (const socket of open) socket.end()
    done()
  })

  async function join(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw errors.malformedRequest()
    const url = rewriteUrl(request)
    if (climbs(url)) throw errors.malformedRequest()
    const found = router.find('GET', url.split('?', 1)[0] as string)?.store as CompiledRoute | undefined
    if (!found) throw errors.noSuchRoute()
    // A page of another origin could otherwise use what its visitor's browser sends by itself.
    const { ip, protocol, host } = clientOf(request)
    const { origin } = request.headers
    if (origin !== undefined && !options.corsOrigins.includes(origin) && hostOf(origin) !== host) throw errors.forbidden()
    const principal = await options.authenticate(request.headers)
    const counted = await options.count(principal, ip, found.facts)
    if (counted && !counted.allowed) throw errors.rateLimited({}, { retryAfterSeconds: counted.resetSeconds })
    const refused = refusal(found.facts.access, principal, found.facts.service)
    if (refused) throw refused
    const id = requestId(request)
    const asked = {
      url,
      headers: request.headers,
      principal,
      ip: isIP(ip) ? ip : '0.0.0.0',
      protocol,
      host,
      id,
      correlationId: correlationIdOf(request.headers['x-correlation-id'], id),
    }
    const answer = await forwarder.upgrade(found.facts.service, asked)
    if (socket.destroyed) {
      answer.socket.destroy()
      return
    }
    const lines = Object.entries(answer.headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n${lines.join('\r\n')}\r\n\r\n`)
    if (head.length > 0) answer.socket.write(head)
    const end = setTimeout(() => socket.end(), LIFE_MS).unref()
    const over = () => {
      clearTimeout(end)
      socket.destroy()
      answer.socket.destroy()
    }
    pipeline(socket, answer.socket, over)
    pipeline(answer.socket, socket, over)
  }

  function refuse(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
    const error = toDomainError(thrown)
    const status = statusOf(error)
    if (status >= 500) log.warn({ code: error.code, error: error.cause ?? error }, 'a WebSocket could not be passed on')
    const body = JSON.stringify(problemBody(error, (request.url ?? '/').split('?', 1)[0] as string, requestId(request)))
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }
}

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)
