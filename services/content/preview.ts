import { createHmac, timingSafeEqual } from 'node:crypto'

/** A draft can be looked at with one link for so long; then staff make another. */
export const PREVIEW_SECONDS = 3600

const signature = (key: Buffer, entryId: string, until: number): string =>
  createHmac('sha256', key).update(`${entryId} ${until}`).digest('base64url')

/** The secret of a link to a draft: which entry, until when (epoch seconds), and our word for it. */
export function previewToken(key: Buffer, entryId: string, until: number): string {
  return `${entryId}.${until}.${signature(key, entryId, until)}`
}

/** Id of the entry whose draft may be looked at; undefined for anything that we did not make, or that is over. */
export function previewOf(key: Buffer, token: string, now: number): string | undefined {
  const [, entryId = '', until = '', shown = ''] = /^([0-9a-f-]{36})\.(\d{1,12})\.([\w-]{43})$/.exec(token) ?? []
  if (!entryId || Number(until) < now) return undefined
  const expected = Buffer.from(signature(key, entryId, Number(until)))
  return timingSafeEqual(expected, Buffer.from(shown)) ? entryId : undefined
}
