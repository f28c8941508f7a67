import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { hostOf, isPublicAddress, OutwardRefused, outwardUrl } from './outward-url.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

export interface OutwardRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** for everything: look-up, connection, answer */
  readonly timeoutMs: number
  /** what is read of the answer; the rest is thrown away */
  readonly maxBytes: number
  readonly allowPrivate: boolean
  readonly signal?: AbortSignal
  /** instead of the system's look-up, in tests */
  readonly resolve?: (host: string) => Promise<readonly Address[]>
}

export interface OutwardAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly truncated: boolean
}

/** No answer: `timeout`, `stopped` (by the signal) or `connection` (refused, reset, TLS). */
export class OutwardFailed extends Error {
  readonly reason: 'timeout' | 'stopped' | 'connection'
  constructor(reason: OutwardFailed['reason'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'OutwardFailed'
    this.reason = reason
  }
}

/**
 * Calls an address that somebody else entered, and cannot be led into our own network: the name is looked up once, every
 * address it has must be public, and exactly those are connected to, so a name that changes its mind in between gains
 * nothing. Redirects are answers like any other; nobody follows them. Throws OutwardRefused, OutwardFailed.
 */
export async function sendOutward(wanted: OutwardRequest): Promise<OutwardAnswer> {
  const url = outwardUrl(wanted.url, wanted)
  const timeout = AbortSignal.timeout(wanted.timeoutMs)
  const signal = wanted.signal ? AbortSignal.any([timeout, wanted.signal]) : timeout
  try {
    const addresses = await orAborted(addressesOf(url, wanted), signal)
    return await exchange(url, addresses, wanted, signal)
  } catch (error) {
    if (error instanceof OutwardRefused) throw error
    if (timeout.aborted) throw new OutwardFailed('timeout', `no answer within ${wanted.timeoutMs} ms`)
    if (signal.aborted) throw new OutwardFailed('stopped', 'stopped before there was an answer')
    throw new OutwardFailed('connection', (error as NodeJS.ErrnoException).code ?? 'the connection broke', error)
  }
}

async function addressesOf(url: URL, { allowPrivate, resolve }: OutwardRequest): Promise<readonly Address[]> {
  const host = hostOf(url)
  const literal = isIP(host)
  const found = literal !== 0 ? [{ address: host, family: literal }] : await (resolve ?? systemLookup)(host)
  if (found.length === 0) throw new OutwardRefused('no-address')
  if (!allowPrivate && !found.every(({ address }) => isPublicAddress(address))) throw new OutwardRefused('private-address')
  return found
}

async function systemLookup(host: string): Promise<readonly Address[]> {
  return await lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTFOUND') return []
    throw error
  })
}

function exchange(url: URL, addresses: readonly Address[], wanted: OutwardRequest, signal: AbortSignal): Promise<OutwardAnswer> {
  const pinned: LookupFunction = (_host, options, done) => {
    if (options.all) done(null, [...addresses])
    else done(null, addresses[0]!.address, addresses[0]!.family)
  }
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    // a connection of its own: one that lies in a pool was checked for somebody else
    const request = send(url, { method: wanted.method, headers: { ...wanted.headers }, agent: false, lookup: pinned, signal })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      const finish = (truncated: boolean) => {
        const body = Buffer.concat(chunks).subarray(0, wanted.maxBytes)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, truncated })
        request.destroy()
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > wanted.maxBytes) finish(true)
      })
      response.on('end', () => finish(false))
      response.on('error', reject)
    })
    request.end(wanted.body)
  })
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
