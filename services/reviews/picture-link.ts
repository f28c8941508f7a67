import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long the address of a picture works that is not public, in seconds: as long as somebody looks at a page. */
const LIFETIME_SECONDS = 3600

const signatureOf = (key: Buffer, file: string, until: number): Buffer =>
  createHmac('sha256', key).update(`${file} ${until}`).digest()

/** Where a picture is. With a key, its address works for an hour whatever becomes of the review: for its author and for staff. */
export function pictureUrl(file: string, key?: Buffer, now: number = Date.now()): string {
  const url = `/api/reviews/pictures/${file}`
  if (!key) return url
  // in steps, so that browsers keep the picture from one page to the next
  const until = (Math.floor(now / 1000 / LIFETIME_SECONDS) + 2) * LIFETIME_SECONDS
  return `${url}?until=${until}&signature=${signatureOf(key, file, until).toString('base64url')}`
}

export function isGenuine(
  key: Buffer,
  file: string,
  { until, signature }: { until?: number | undefined; signature?: string | undefined },
  now: number = Date.now(),
): boolean {
  if (until === undefined || signature === undefined || until * 1000 < now) return false
  const given = Buffer.from(signature, 'base64url')
  const expected = signatureOf(key, file, until)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
