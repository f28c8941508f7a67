import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from './route.ts'
import { errors } from './errors.ts'
import type { Principal } from '#kit/core/principal.ts'

type ForPrograms = Access & { readonly kind: 'permission'; readonly programs: true }

export const takesPrograms = (access: Access): access is ForPrograms => access.kind === 'permission' && access.programs === true

/** The program of the credentials, if the request has such; undefined where it has none. Throws `http/unauthenticated` for wrong ones. */
export type ProgramReader = (headers: IncomingHttpHeaders, access: ForPrograms) => Principal | undefined

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Programs by `name:password`, as the setting PROGRAMS lists them. A program may do what the route it asks is for, and nothing elsewhere. */
export function createProgramReader(credentials: readonly string[]): ProgramReader {
  const known = new Map(
    credentials.map((text) => {
      const [name = '', password = ''] = text.split(/:(.*)/s, 2)
      return [name, digest(password)]
    }),
  )
  return ({ authorization }, { permission }) => {
    if (authorization === undefined || authorization.slice(0, 6).toLowerCase() !== 'basic ') return undefined
    const [name = '', password = ''] = Buffer.from(authorization.slice(6).trim(), 'base64').toString('utf8').split(/:(.*)/s, 2)
    // Always one comparison of equal length: the answer takes as long for a name that is not there.
    const right = timingSafeEqual(digest(password), known.get(name) ?? Buffer.alloc(32))
    if (!right || !known.has(name)) throw errors.wrongCredentials()
    return { kind: 'program', id: name, permissions: new Set([permission]) }
  }
}

/** What a refused caller is told to show; browsers then ask for name and password. */
export function challengePrograms(access: Access): string | undefined {
  return takesPrograms(access) ? 'Basic realm="souk", charset="UTF-8", Bearer' : undefined
}
