import type { FastifyRequest } from 'fastify'

/** Unsafe requests come from a page of this shop: a browser says so itself, and whoever says nothing is not one with cookies to steal. */
export function isForged(request: FastifyRequest, publicUrl: string): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  return origin !== publicUrl && origin !== `http://${host}` && origin !== `https://${host}`
}
