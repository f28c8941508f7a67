import type { Registration, Status } from './instance.ts'

export type Action = 'ADDED' | 'MODIFIED' | 'DELETED'

/** An instance as the registry knows it. Never changed, always replaced. Times are epoch milliseconds. */
export interface Entry {
  readonly registration: Registration
  readonly status: Status
  /** decided by an operator; UNKNOWN: nobody decided */
  readonly overridden: Status
  /** when the client last changed what it says, by its own clock */
  readonly dirty: number
  readonly registeredAt: number
  readonly upAt: number
  readonly renewedAt: number
  /** of the last change; decides between two registries that were told different things */
  readonly changedAt: number
  readonly action: Action
}

export const keyOf = ({ app, instanceId }: Pick<Registration, 'app' | 'instanceId'>): string => `${app} ${instanceId}`

/** What an instance that says `said` is, if an operator decided `overridden`: going down and starting are its own affair. */
export function statusUnder(said: Status, overridden: Status): Status {
  return said === 'DOWN' || said === 'STARTING' || overridden === 'UNKNOWN' ? said : overridden
}

/** Registered anew, or again: an operator's decision and the first times stay. */
export function registered(
  before: Entry | undefined,
  given: { registration: Registration; status: Status; dirty: number },
  now: number,
): Entry {
  const known = before && before.action !== 'DELETED' ? before : undefined
  const overridden = known?.overridden ?? 'UNKNOWN'
  const status = statusUnder(given.status, overridden)
  const upBefore = known?.status === 'UP' ? known.upAt : undefined
  return {
    registration: given.registration,
    status,
    overridden,
    dirty: given.dirty,
    registeredAt: known?.registeredAt ?? now,
    upAt: status === 'UP' ? (upBefore ?? now) : (known?.upAt ?? 0),
    renewedAt: now,
    changedAt: now,
    action: 'ADDED',
  }
}

/** An operator decides. */
export function overriddenWith(entry: Entry, status: Status, now: number): Entry {
  return changed(entry, { status, overridden: status }, now)
}

/** The operator's decision ends; until the instance registers again it is what `status` says. */
export function released(entry: Entry, status: Status, now: number): Entry {
  return changed(entry, { status, overridden: 'UNKNOWN' }, now)
}

export function withMetadata(entry: Entry, metadata: Readonly<Record<string, string>>, now: number): Entry {
  const registration = { ...entry.registration, metadata: { ...entry.registration.metadata, ...metadata } }
  return changed(entry, { registration }, now)
}

export const cancelled = (entry: Entry, now: number): Entry => changed(entry, { action: 'DELETED' }, now)

function changed(entry: Entry, what: Partial<Entry>, now: number): Entry {
  return {
    ...entry,
    action: 'MODIFIED',
    ...what,
    upAt: what.status === 'UP' && entry.status !== 'UP' ? now : entry.upAt,
    // also when two things happen in one millisecond, the later one is later
    changedAt: Math.max(now, entry.changedAt + 1),
  }
}

/** Whether a renewal is one: the client must register again when it changed since, or when nobody knows what it is. */
export function renews(entry: Entry, dirty: number | undefined): boolean {
  return entry.action !== 'DELETED' && entry.status !== 'UNKNOWN' && (dirty === undefined || dirty <= entry.dirty)
}
