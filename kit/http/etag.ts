import { hash } from 'node:crypto'
import { errors } from './errors.ts'

/** Strong tag of the bytes of an answer. */
export function etagOfBytes(body: string | Buffer): string {
  return `"${hash('sha1', body, 'base64url')}"`
}

/** Strong tag of a versioned resource: `"7"`, or `"7-de"` where the answer depends on the language. */
export function etagOfVersion(version: number | bigint | string, variant = ''): string {
  return variant ? `"${version}-${variant}"` : `"${version}"`
}

/** True when If-None-Match names this tag (weak comparison, RFC 9110 §13.1.2): the answer is 304. */
export function isNotModified(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag || header === '*') return true
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag)
}

const VERSION_TAG = /^"(\d{1,15})(?:-[A-Za-z0-9-]{1,35})?"$/

/**
 * The version that If-Match names; `undefined` without the header or for `*`. A weak or foreign tag can never match and
 * throws `http/precondition-failed`.
 */
export function versionOfIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const version = VERSION_TAG.exec(header.trim())?.[1]
  if (version === undefined) throw errors.preconditionFailed()
  return Number(version)
}
