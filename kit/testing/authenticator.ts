import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** How an authenticator misbehaves, or where it thinks it is. */
export interface Quirks {
  /** page that asked */
  readonly origin?: string
  /** domain the answer is made for */
  readonly rpId?: string
  /** the owner did not unlock it */
  readonly unverified?: true
  /** says this count of signatures */
  readonly counter?: number
  readonly userHandle?: string
  readonly challenge?: string
}

type Cbor = number | string | Buffer | Map<number | string, Cbor>

/** As much CBOR as an authenticator writes. */
function cbor(value: Cbor): Buffer {
  const head = (major: number, n: number): Buffer =>
    n < 24
      ? Buffer.from([(major << 5) | n])
      : n < 256
        ? Buffer.from([(major << 5) | 24, n])
        : Buffer.from([(major << 5) | 25, n >> 8, n & 255])
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, one]) => [cbor(name), cbor(one)])])
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

/**
 * An authenticator without a device: makes one ES256 passkey and signs with it, as WebAuthn says, or with quirks. `origin` and `rpId` are
 * those of the shop.
 */
export function createAuthenticator(origin: string, rpId: string) {
  const id = randomBytes(32)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let counter = 0
  let owner: string | undefined

  const clientData = (type: string, challenge: string, quirks: Quirks): Buffer =>
    Buffer.from(
      JSON.stringify({ type, challenge: quirks.challenge ?? challenge, origin: quirks.origin ?? origin, crossOrigin: false }),
    )
  function authenticatorData(quirks: Quirks, attested = Buffer.alloc(0)): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(quirks.counter ?? counter)
    const flags = 0x01 | (quirks.unverified ? 0 : 0x04) | (attested.length > 0 ? 0x40 : 0)
    return Buffer.concat([sha256(quirks.rpId ?? rpId), Buffer.from([flags]), count, attested])
  }
  const credential = (response: Record<string, unknown>) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key' as const,
    clientExtensionResults: {},
    response,
  })

  return {
    id: id.toString('base64url'),
    /** Answers the options of `navigator.credentials.create`. */
    create(options: { challenge: string; user: { id: string } }, quirks: Quirks = {}) {
      owner = options.user.id
      const length = Buffer.from([0, id.length])
      const attested = Buffer.concat([Buffer.alloc(16), length, id, cbor(coseKey(publicKey))])
      const attestation = new Map<string, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authenticatorData(quirks, attested)],
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', options.challenge, quirks).toString('base64url'),
        attestationObject: cbor(attestation).toString('base64url'),
        transports: ['internal'],
      })
    },
    /** Answers the options of `navigator.credentials.get`; counts up unless told otherwise. */
    get(options: { challenge: string }, quirks: Quirks = {}) {
      counter += 1
      const data = authenticatorData(quirks)
      const client = clientData('webauthn.get', options.challenge, quirks)
      return credential({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', Buffer.concat([data, sha256(client)]), privateKey).toString('base64url'),
        userHandle: quirks.userHandle ?? owner,
      })
    },
  }
}

export type Authenticator = ReturnType<typeof createAuthenticator>

function coseKey(key: KeyObject): Map<number, Cbor> {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return new Map<number, Cbor>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ])
}
