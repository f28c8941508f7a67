import { get, Reply, type Route, signedIn } from '#kit/http/route.ts'
import { errors } from './errors.ts'
import type { Live } from './live.ts'

const TYPE = 'text/event-stream'

/** One stream for everything that pages of staff show while it changes. */
export function liveRoutes({ live }: { readonly live: Live }): Route[] {
  return [
    get(
      '/api/live',
      {
        access: signedIn,
        endless: true,
        produces: TYPE,
        summary: 'What changes in the shop, as server-sent events, as far as the caller may see it',
        description:
          'Who asks for `text/event-stream` is told of changes until they leave, sign out, or may no longer see anything: `news` counts events of each area and names what they are about, `resync` says that everything has to be read anew. `Last-Event-ID` goes on where a stream broke off. Anybody else gets the opening alone.',
        errors: [errors.nothingToFollow, errors.tooManyFollowers],
      },
      async ({ principal, headers }) => {
        const who = { principal, authorization: headers['authorization'], lastEventId: headers['last-event-id']?.slice(0, 100) }
        const stays = headers['accept']?.includes(TYPE) === true
        return new Reply(stays ? await live.follow(who) : live.opening(who), {
          // proxies that gather answers before they pass them on would tell everything too late
          headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
        })
      },
    ),
  ]
}
