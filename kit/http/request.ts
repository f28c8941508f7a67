import type { FastifyRequest } from 'fastify'
import { versionOfIfMatch } from './etag.ts'
import { readKey } from './idempotency.ts'
import { type ChannelDirectory, type ChannelFacts, negotiateChannel, negotiateLocale } from './negotiation.ts'
import type { Once } from './once.ts'
import type { CommandRequest } from './route.ts'
import type { Principal } from '#kit/core/principal.ts'
import type { Tx } from '#kit/db/db.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** who asks; set by the edge before anything else runs */
    principal: Principal
    correlationId: string
  }
}

type Headers = Readonly<Record<string, string | undefined>>

/**
 * What a handler gets. Channel and locale are worked out when somebody asks, and it is remembered that somebody did:
 * an answer that looked at them says so in `Vary`, one that looked at the principal is private.
 */
export class HttpRequest implements CommandRequest {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly headers: Headers
  readonly expectedVersion: number | undefined
  readonly idempotencyKey: string | undefined
  readonly rawBody: Buffer | undefined
  readsPrincipal = false
  readsChannel = false
  readsLocale = false
  #raw: FastifyRequest
  #channels: ChannelDirectory
  #channel: ChannelFacts | undefined
  #tx: Tx | undefined
  once: Once | undefined
  variant: string | undefined

  constructor(
    raw: FastifyRequest,
    parts: { body: unknown; rawBody: Buffer | undefined; channels: ChannelDirectory; versioned: boolean; keyed: boolean },
  ) {
    this.#raw = raw
    this.#channels = parts.channels
    this.params = raw.params
    this.query = raw.query
    this.body = parts.body
    this.rawBody = parts.rawBody
    this.headers = raw.headers as Headers
    this.expectedVersion = parts.versioned ? versionOfIfMatch(this.headers['if-match']) : undefined
    this.idempotencyKey = parts.keyed ? readKey(this.headers['idempotency-key']) : undefined
  }

  get principal(): Principal {
    this.readsPrincipal = true
    return this.#raw.principal
  }

  /** Who asks, without making the answer private. */
  get asker(): Principal {
    return this.#raw.principal
  }

  get ip(): string {
    return this.#raw.ip
  }

  get channel(): string {
    return this.#channelFacts().key
  }

  get locale(): string {
    this.readsLocale = true
    return this.once?.locale ?? this.#negotiatedLocale()
  }

  /** Channel and language, without being remembered as something the answer looked at. */
  get audience(): { channel: string; locale: string } {
    const { readsChannel } = this
    try {
      return { channel: this.#channelFacts().key, locale: this.#negotiatedLocale() }
    } finally {
      this.readsChannel = readsChannel
    }
  }

  #negotiatedLocale(): string {
    const query = (this.query as { locale?: unknown } | null)?.locale
    const locales = this.#channelFacts().locales
    return negotiateLocale(locales, typeof query === 'string' ? query : undefined, this.headers['accept-language'])
  }

  /** The open transaction of an unsafe request. */
  get tx(): Tx {
    if (!this.#tx)
      throw new TypeError(
        "this route has no transaction: it reads (a GET, 'read'), or keeps its own idempotency ('handler', 'shared')",
      )
    return this.#tx
  }

  enter(tx: Tx): void {
    this.#tx = tx
  }

  #channelFacts(): ChannelFacts {
    this.readsChannel = true
    this.#channel ??= negotiateChannel(this.#channels, this.headers['x-channel'], this.headers['host'])
    return this.#channel
  }
}
