import type { FastifyReply, FastifyRequest } from 'fastify'
import Router from 'find-my-way'
import type { CompiledRoute } from './compiled-route.ts'
import { errors } from './errors.ts'
import { pathOf } from './problem.ts'
import { refuseRetired } from './retired.ts'

/** Which methods an address has, asked only when no route matched. */
export type AddressBook = (path: string) => readonly string[]

/**
 * Built at the first miss. Internal routes are left out: from outside they do not exist, under any method.
 */
export function addressBook(routes: readonly CompiledRoute[]): AddressBook {
  let router: ReturnType<typeof Router> | undefined
  return (path) => {
    router ??= routerOf(routes)
    try {
      return (router.find('GET', path)?.store as string[] | undefined) ?? []
    } catch {
      return []
    }
  }
}

function routerOf(routes: readonly CompiledRoute[]): ReturnType<typeof Router> {
  const byShape = new Map<string, { path: string; methods: Set<string> }>()
  for (const { facts } of routes) {
    if (facts.access.kind === 'internal') continue
    const shape = facts.path.replace(/:[^/]+/g, ':') // `/a/:id` and `/a/:key` are one address
    const entry = byShape.get(shape) ?? { path: facts.path, methods: new Set<string>() }
    entry.methods.add(facts.method)
    if (facts.method === 'GET') entry.methods.add('HEAD')
    byShape.set(shape, entry)
  }
  const router = Router({ maxParamLength: 200 })
  for (const { path, methods } of byShape.values()) router.on('GET', path, () => undefined, [...methods].sort())
  return router
}

/** 410 for a version that is gone, 404, 405 with Allow, or the answer to OPTIONS. */
export async function notFound(book: AddressBook, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const path = pathOf(request.url)
  refuseRetired(path, reply)
  const methods = book(path)
  if (methods.length === 0) throw errors.noSuchRoute()
  reply.header('allow', [...methods, 'OPTIONS'].join(', '))
  if (request.method === 'OPTIONS') {
    reply.code(204).send()
    return
  }
  throw errors.methodNotAllowed({ allowed: methods })
}
