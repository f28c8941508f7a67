import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { etagOfBytes, isNotModified } from '#kit/http/etag.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
}
const COMPRESSIBLE = /^(text|application)\/|svg/

interface StaticFile {
  readonly type: string
  readonly etag: string
  readonly bytes: Buffer
  readonly cache: string
  readonly policy: string | undefined
  gzip?: Buffer | undefined
  brotli?: Buffer | undefined
}

/** The files of a folder, from memory: a build is a few hundred kilobytes, and knowing all names leaves nothing to walk out of. */
export interface StaticFiles {
  send(path: string, request: FastifyRequest, reply: FastifyReply): boolean
}

interface Options {
  /** below this path names change with their content, so they may be kept for ever */
  readonly hashed: string
  readonly prefix?: string
  /** file → content policy, for those that load or style something; all others may nothing */
  readonly policies?: Readonly<Record<string, string>>
}

export function openStaticFiles(folder: string, { hashed, prefix = '/', policies = {} }: Options): StaticFiles {
  const files = new Map<string, StaticFile>()
  for (const path of pathsOf(folder, '')) {
    const bytes = readFileSync(join(folder, path))
    const name = `${prefix}${path}`
    files.set(name, {
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      etag: etagOfBytes(bytes),
      bytes,
      cache: name.startsWith(hashed) ? 'public, max-age=31536000, immutable' : 'public, max-age=300',
      policy: policies[name],
    })
  }
  return {
    send(path, request, reply) {
      const file = files.get(path)
      if (!file || (request.method !== 'GET' && request.method !== 'HEAD')) return false
      reply.header('etag', file.etag).header('cache-control', file.cache).header('vary', 'Accept-Encoding')
      if (file.policy !== undefined) reply.header('content-security-policy', file.policy)
      if (isNotModified(request.headers['if-none-match'], file.etag)) {
        reply.code(304).send()
        return true
      }
      const accepted = String(request.headers['accept-encoding'] ?? '')
      const packed = COMPRESSIBLE.test(file.type) && file.bytes.length > 512
      reply.code(200).header('content-type', file.type)
      if (packed && /\bbr\b/.test(accepted)) reply.header('content-encoding', 'br').send(brotliOf(file))
      else if (packed && /\bgzip\b/.test(accepted)) reply.header('content-encoding', 'gzip').send(gzipOf(file))
      else reply.send(file.bytes)
      return true
    },
  }
}

function gzipOf(file: StaticFile): Buffer {
  file.gzip ??= gzipSync(file.bytes, { level: 9 })
  return file.gzip
}

function brotliOf(file: StaticFile): Buffer {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants
  file.brotli ??= brotliCompressSync(file.bytes, {
    params: { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: file.bytes.length },
  })
  return file.brotli
}

function pathsOf(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below ? `${below}/${entry.name}` : entry.name
    if (entry.name.startsWith('.')) return []
    return entry.isDirectory() ? pathsOf(folder, path) : statSync(join(folder, path)).isFile() ? [path] : []
  })
}
