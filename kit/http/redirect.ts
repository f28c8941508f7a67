import { Reply } from './route.ts'

/** Sends the caller to an address that is good for some seconds; kept by browsers for half of that, so that none follows it too late. */
export function redirectTo(location: string, seconds: number): Reply {
  return new Reply(undefined, {
    status: 302,
    headers: {
      location,
      'cache-control': `public, max-age=${Math.floor(seconds / 2)}`,
      'cross-origin-resource-policy': 'cross-origin',
    },
  })
}
