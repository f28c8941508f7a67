import type { FastifyInstance } from 'fastify'
import { type AppOptions, buildApp } from './app.ts'
import type { Route } from './route.ts'
import type { Principal } from '#kit/core/principal.ts'
import { type Logger, silentLogger } from '#kit/service/logger.ts'

/** A signed-in user for tests of routes. */
export function aUser(id: string, permissions: readonly string[] = []): Principal {
  return { kind: 'user', id, roles: [], permissions: new Set(permissions), sessionId: `session of ${id}` }
}

/**
 * The app of one service for tests: no limits, and the header `x-test-principal` says who asks (`ann`, `ann orders:read-any`,
 * `service orders`), so that tests of a service need no tokens.
 */
export function testApp(
  routes: readonly Route[],
  options: Partial<AppOptions> & { name?: string; db?: AppOptions['services'][number]['db'] } = {},
): FastifyInstance {
  const { name = 'things', db, ...rest } = options
  return buildApp({
    log: silentLogger,
    services: [{ name, routes, db }],
    ...rest,
    edge: {
      rateLimit: false,
      authenticate: (headers) => {
        const text = headers['x-test-principal']
        if (typeof text !== 'string') return undefined
        const [id = '', ...permissions] = text.split(' ')
        return id === 'service' ? { kind: 'service', id: permissions[0] ?? 'test' } : aUser(id, permissions)
      },
      ...rest.edge,
    },
  })
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

/** A logger that keeps what it is told. */
export function rememberingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: object, message: string) => void lines.push({ level, fields, message })
  const logger = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger }
  return logger
}
