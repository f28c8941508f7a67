import { defineService } from '#kit/service/service.ts'

/**
 * The only entry. Its work (tokens, limits, CORS, headers, aliases, documentation, health) is the edge of kit/http, which
 * runs in the same process as the services it stands before; so the manifest has nothing of its own to wire.
 */
export const service = defineService({
  name: 'gateway',
  port: 8080,
  kind: 'infra',
  summary: 'The only entry: who may come in, how often, and where to.',
  create: () => ({}),
})
