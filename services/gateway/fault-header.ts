import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Fault } from '#kit/http/faults.ts'

/** `delay=250,abort=503,until=<seconds since 1970>,signature=<base64url>`: what goes wrong with this one request. */
export const FAULT_HEADER = 'x-souk-fault'

/** A recorded request fails for whoever sends it again, and not for long. */
const LONGEST_SECONDS = 300
const MOST_DELAY_MS = 60_000
const SIGNED = /^(.{1,100}),signature=([\w-]{43})$/
const FAULT = /^(?:delay=([1-9]\d{0,4}),)?(?:abort=(5\d\d|reset),)?until=(\d{1,12})$/

/**
 * The fault a caller asks for who knows the key: HMAC-SHA256 over `METHOD path\n` and what stands before the signature. Undefined when anything
 * about it is wrong.
 */
export function readFaultHeader(
  key: Buffer,
  text: string,
  asked: { readonly method: string; readonly path: string },
  now: Date,
): Fault | undefined {
  const [, told = '', signature = ''] = SIGNED.exec(text) ?? []
  const [, delay, abort, until] = FAULT.exec(told) ?? []
  if (until === undefined || (delay ?? abort) === undefined) return undefined
  const expected = createHmac('sha256', key).update(`${asked.method} ${asked.path}\n${told}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const left = Number(until) - now.getTime() / 1000
  if (left <= 0 || left > LONGEST_SECONDS) return undefined
  if (Number(delay ?? 0) > MOST_DELAY_MS) return undefined
  return {
    ...(delay === undefined ? {} : { delayMs: Number(delay) }),
    ...(abort === undefined ? {} : { abort: abort === 'reset' ? abort : Number(abort) }),
  }
}
