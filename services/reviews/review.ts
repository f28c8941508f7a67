/** States of a review, and who moves it from one to the next. Pure. */
import type { ReviewState } from '#contracts/events/reviews.ts'
import type { Reason } from './rules.ts'

/**
 *   written ──no rule minds──> published ──readers report, or staff hide──> hidden
 *      └──a rule notices──> pending ──approve──> published        hidden ──approve──> published
 *   pending, published, hidden ──reject──> rejected ──approve──> published
 *   changed by its author: judged anew; what was rejected or hidden waits for staff, however often it is changed
 */
export const stateOf = (reasons: readonly Reason[]): ReviewState => (reasons.length === 0 ? 'published' : 'pending')

/** Staff or readers took it from the page, and staff have not brought it back: however often its author changes it, it waits. */
export const takenAway = ({ state, reasons }: { state: ReviewState; reasons: readonly Reason[] }): boolean =>
  state === 'rejected' || state === 'hidden' || (state === 'pending' && reasons.includes('rejected-before'))

export interface Reported {
  readonly state: ReviewState
  readonly openReports: number
  readonly vetted: boolean
}

/** Enough readers complain about something that staff have not seen. */
export const hidesItself = ({ state, openReports, vetted }: Reported, limit: number): boolean =>
  state === 'published' && !vetted && openReports >= limit

export type Decision = 'approve' | 'reject' | 'hide'

/** Where a decision of staff leads; undefined: it makes no sense from here. Approving what is shown closes its reports. */
export function decided(before: ReviewState, decision: Decision): ReviewState | undefined {
  if (decision === 'approve') return 'published'
  if (decision === 'reject') return 'rejected'
  return before === 'published' ? 'hidden' : undefined
}
