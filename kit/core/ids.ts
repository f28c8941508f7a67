import { createHash, randomBytes, randomFillSync, randomInt } from 'node:crypto'

/** Randomness drawn ahead: asking the system for 16 bytes costs as much as asking for thousands. */
const ahead = Buffer.alloc(4096)
let used = ahead.length

function sixteenRandomBytes(): Buffer {
  if (used === ahead.length) {
    randomFillSync(ahead)
    used = 0
  }
  const bytes = Buffer.from(ahead.subarray(used, used + 16))
  used += 16
  return bytes
}

let lastMillisecond = 0
let counter = 0

/**
 * UUIDv7 (RFC 9562 §5.7) with a 12-bit counter in rand_a, so ids made by one process in one millisecond sort in
 * order of creation. Pass `at` for an imported fact: the id then carries its historical time.
 */
export function uuidv7(at?: Date): string {
  const bytes = sixteenRandomBytes()
  let millisecond = at ? at.getTime() : Date.now()
  if (at) {
    counter = (counter + 1) & 0xfff
  } else if (millisecond <= lastMillisecond) {
    millisecond = lastMillisecond
    counter += 1
    if (counter > 0xfff) {
      counter = 0
      millisecond = ++lastMillisecond
    }
  } else {
    lastMillisecond = millisecond
    counter = bytes[6]! & 0x3f
  }
  bytes.writeUIntBE(millisecond, 0, 6)
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * The same id for the same name, for ever (UUIDv8 of a SHA-256): for work whose repeat must be recognised, made from what
 * identifies it, e.g. `undo:<payment id>` or a caller's Idempotency-Key.
 */
export function uuidFrom(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  bytes[6] = 0x80 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The time a UUIDv7 carries. */
export function timeOfUuid(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
}

/** Crockford base32 without I, L, O, U: readable aloud, no accidental words. */
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** `length` characters of unguessable Crockford base32, 5 bits each. */
export function randomBase32(length: number): string {
  let text = ''
  for (let index = 0; index < length; index += 1) text += BASE32[randomInt(32)]
  return text
}

/** `ORD-` + 10 characters: 50 bits, unguessable; uniqueness is the database's to keep. */
export function newOrderNumber(): string {
  return `ORD-${randomBase32(10)}`
}

/** 256 bits, base64url: for refresh tokens, reset links and other bearer secrets. Store only its hash. */
export function newSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** Smaller than every id of ours made at this moment or later: finds the newest rows by their key alone. */
export function earliestId(at: Date): string {
  return `${uuidv7(at).slice(0, 13)}-0000-0000-000000000000`.replace('-0000-0000-', '-7000-8000-')
}
