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
  /** Only passes on to the API what is slow on purpose there (passwords): it waits in that line, not in the one of pages and carts. Default: none. */
  aside?(request: FastifyRequest): boolean
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

/** Stands for the forms that somebody signs in with. Their place is that of the request to the API: two of one line would lock each other out. */
export const SIGN_IN_PAGE: RouteFacts = { ...PAGE, priority: 'aside', passesOn: true }
