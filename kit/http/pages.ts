import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RouteFacts } from './compiled-route.ts'

/** Pages for people, at the addresses that no route of the API has. They pass the same gates as any request. */
export interface Pages {
  /** `/api/…` and the like stay the API's: a wrong address there is a problem, not a page */
  owns(path: string): boolean
  /** Files that cost nothing and count against no budget; false: not one of them. */
  file(request: FastifyRequest, reply: FastifyReply): boolean
  /** Bytes that a form with files may have; asked before they are read, so it knows of the request what its head says. Default: as everywhere. */
  bodyLimit?(request: FastifyRequest): number | undefined
  answer(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/** Stands for all pages in log, metrics, overload and budgets. A page asks the API several times; those are counted with it. */
export const PAGE: RouteFacts = {
  service: 'pages',
  method: 'POST',
  path: 'page',
  label: 'page',
  access: { kind: 'anyone' },
  rateLimit: { max: 300, windowSeconds: 60 },
  operational: false,
  priority: 'normal',
}
