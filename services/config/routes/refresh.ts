import Type from 'typebox'
import { announceAsked } from '../announce.ts'
import { type Deps, REFRESH } from '../deps.ts'
import { errors } from '../errors.ts'
import { post, programOr, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'

export function refreshRoute(deps: Deps): Route {
  return post(
    '/config/refresh',
    {
      access: programOr(REFRESH),
      summary: 'Let every process read its configuration again',
      description: 'For the hook of a repository. A change is noticed without it, within `CONFIG_WATCH_SECONDS`.',
      response: closed({ version: Type.String() }),
      errors: [errors.unreadable],
    },
    async ({ tx, principal }) => ({ version: await announceAsked(deps, tx, principal.id) }),
  )
}
