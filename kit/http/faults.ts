import type { FastifyInstance, FastifyRequest } from 'fastify'

/** What goes wrong on purpose with one request. */
export interface Fault {
  readonly delayMs?: number | undefined
  /** 5xx to answer with, or `reset`: the connection ends without an answer */
  readonly abort?: number | 'reset' | undefined
}

/** Throws to refuse the request. */
export type FaultSource = (request: FastifyRequest) => Fault | undefined

/** Makes requests fail on purpose. Called only where that is switched on: otherwise there is no hook, and nothing to pay. */
export function injectFaults(app: FastifyInstance, faultOf: FaultSource): void {
  app.addHook('preHandler', (request, reply, done) => {
    let fault: Fault | undefined
    try {
      fault = faultOf(request)
    } catch (error) {
      return done(error as Error)
    }
    if (!fault) return done()
    const { delayMs, abort } = fault
    const proceed = () => {
      if (abort === undefined) return done()
      if (abort === 'reset') {
        reply.hijack()
        request.raw.destroy()
        return
      }
      reply.code(abort).header('content-type', 'application/problem+json; charset=utf-8')
      reply.send(JSON.stringify({ title: 'Failed on purpose', status: abort, code: 'gateway/fault', traceId: request.id }))
    }
    if (delayMs) setTimeout(proceed, delayMs)
    else proceed()
  })
}
