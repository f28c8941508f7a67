import { readdirSync } from 'node:fs'
import type { EventDefinition } from '#kit/messaging/event.ts'

/**
 * Stays in the house: who signs in from where, and links to accounts, are nobody else's business. Everything else that a
 * contract declares may be subscribed to; nobody keeps a second list of it.
 */
const PRIVATE = new Set([
  'UserAuthenticated.v1',
  'LoginFailed.v1',
  'TokenRefreshed.v1',
  'SessionRevoked.v1',
  'SignInMeansChanged.v1',
  'EmailVerificationRequested.v1',
  'PasswordResetRequested.v1',
])

const folder = new URL('../../contracts/events/', import.meta.url)

const modules = await Promise.all(
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
    .map(async (file) => (await import(new URL(file, folder).href)) as Record<string, unknown>),
)

/** Every event that merchants may hear of, by type. */
export const publicEvents: ReadonlyMap<string, EventDefinition> = new Map(
  modules
    .flatMap((module) => Object.values(module))
    .filter(isEvent)
    .filter(({ type }) => !PRIVATE.has(type))
    .sort((a, b) => (a.type < b.type ? -1 : 1))
    .map((event) => [event.type, event]),
)

function isEvent(value: unknown): value is EventDefinition {
  if (typeof value !== 'function') return false
  const { type, topic, aggregate } = value as unknown as Record<string, unknown>
  return [type, topic, aggregate].every((part) => typeof part === 'string')
}
