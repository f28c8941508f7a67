import type { Route } from './+types/robots'
import { visitContext } from '../../server/visit.ts'

// a robot's cart is empty: nothing private about it
const PRIVATE = ['/checkout', '/orders', '/account', '/sign-in', '/register', '/unsubscribe', '/api', '/admin']

export function loader({ context }: Route.LoaderArgs) {
  const lines = ['User-agent: *', ...PRIVATE.flatMap((path) => [`Disallow: ${path}`, `Disallow: /de${path}`])]
  return new Response(`${lines.join('\n')}\n\nSitemap: ${context.get(visitContext).publicUrl}/sitemap.xml\n`, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=3600' },
  })
}
