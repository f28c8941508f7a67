import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Standard Webhooks 1.0 (symmetric): `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, a list of
 * `v1,<base64 HMAC-SHA256 of "id.timestamp.body">` separated by blanks, one for each secret while secrets are rotated.
 */
export interface WebhookHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/** Messages older than this, or from further ahead, are refused: a recorded one cannot be played back for ever. */
const TOLERANCE_SECONDS = 300
const MAX_ID_LENGTH = 255

function digest(secret: Buffer, id: string, timestamp: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest()
}

/** Headers that prove `body` comes from somebody who knows the secret. Several secrets: the receiver may know any of them. */
export function signWebhook(secrets: readonly Buffer[], id: string, body: Buffer, at: Date): WebhookHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${digest(secret, id, timestamp, body).toString('base64')}`).join(' '),
  }
}

/**
 * The id of a genuine, recent message; `undefined` when anything about it is wrong (fail closed, and no hint which part).
 * `body` are the bytes as they arrived. `secrets`: the current one and, while rotating, the one before.
 */
export function verifyWebhook(
  secrets: readonly Buffer[],
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer,
  now: Date,
): string | undefined {
  const id = headers['webhook-id']
  const timestamp = headers['webhook-timestamp']
  const signatures = headers['webhook-signature']
  if (!id || id.length > MAX_ID_LENGTH || !timestamp || !/^\d{1,12}$/.test(timestamp) || !signatures) return undefined
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return undefined
  const given = signatures
    .split(' ', 10)
    .flatMap((part) => (part.startsWith('v1,') ? [Buffer.from(part.slice(3), 'base64')] : []))
  const genuine = secrets.some((secret) => {
    const expected = digest(secret, id, timestamp, body)
    return given.some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected))
  })
  return genuine ? id : undefined
}
