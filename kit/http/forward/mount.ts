import type { FastifyInstance, RouteOptions } from 'fastify'
import type { CompiledRoute } from '../compiled-route.ts'
import type { Fail } from '../edge.ts'
import type { Forwarder } from './forwarder.ts'

export interface ForwardedMount {
  readonly compiled: CompiledRoute
  /** the gate and what happens at the end, as for a route that runs here */
  readonly hooks: Pick<RouteOptions, 'onRequest' | 'onResponse'>
}

/**
 * Routes of services that run elsewhere: the same gate as for those that run here, then the request is passed on. In a scope of their own,
 * because their bodies are not read but streamed.
 */
export function mountForwarded(
  app: FastifyInstance,
  routes: readonly ForwardedMount[],
  { forwarder, bodyLimit, fail }: { forwarder: Pick<Forwarder, 'forward'>; bodyLimit: number; fail: Fail },
): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    for (const { compiled, hooks } of routes) {
      const { facts, route } = compiled
      const to = { service: facts.service, bodyLimit: route.spec.bodyLimit ?? bodyLimit }
      scope.route({
        method: facts.method === 'GET' ? ['GET', 'HEAD'] : facts.method,
        url: facts.path,
        ...hooks,
        handler: (request, reply) => {
          forwarder.forward(to, request, reply).catch((error: unknown) => fail(request, reply, error))
        },
      })
    }
  })
}
