import type { FastifyReply } from 'fastify'
import { errors } from './errors.ts'

/** A version of the API that is not answered any more. */
interface RetiredVersion {
  /** as it stands in addresses: `/api/<name>/…` */
  readonly name: string
  /** after this day it is certain not to be answered */
  readonly until: string
}

/**
 * Versions that are gone for good. Whoever still asks for one has to learn that waiting does not help, and where to go on: 410, not
 * 404. `v1`, and addresses without a version, are what is answered today. `v0` is the name kept for what came before v1. It was never served;
 * its day is the one on which work on v1 began.
 */
export const retiredVersions: readonly RetiredVersion[] = [{ name: 'v0', until: '2026-11-21' }]

/** Where whoever asks for an old version goes on: the description of the one that took its place. */
const SUCCESSOR = '</v3/api-docs>; rel="successor-version"'

/** Throws `http/retired-version` for an address of a version that is gone, with Sunset (RFC 8594) and Link (RFC 5829). */
export function refuseRetired(path: string, reply: FastifyReply): void {
  const found = retiredVersions.find(({ name }) => path === `/api/${name}` || path.startsWith(`/api/${name}/`))
  if (!found) return
  reply.header('sunset', new Date(`${found.until}T23:59:59Z`).toUTCString()).header('link', SUCCESSOR)
  throw errors.retiredVersion({ version: found.name, until: found.until })
}
