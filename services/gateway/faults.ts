import type { FastifyRequest } from 'fastify'
import { errors } from './errors.ts'
import { FAULT_HEADER, readFaultHeader } from './fault-header.ts'
import type { Fault } from '#kit/http/faults.ts'
import { pathOf } from '#kit/http/problem.ts'

/** A rule by which requests fail on purpose. */
export interface FaultRule {
  /** `/api/products`: this address and all below it */
  readonly prefix: string
  /** of the requests that it is about, 0–100 */
  readonly percent: number
  readonly delayMs?: number | undefined
  readonly abort?: number | 'reset' | undefined
  /** seconds until it ends by itself */
  readonly seconds: number
}

/** Never made to fail: whoever switched a fault on must be able to switch it off. */
const OWN = '/api/gateway/'

const below = (path: string, prefix: string) => path === prefix || path.startsWith(`${prefix}/`)

/** The rules in force in this process. */
export class Faults {
  #rules: readonly (FaultRule & { readonly until: number })[] = []
  readonly #key: Buffer
  readonly #now: () => number
  readonly #random: () => number

  /** `key`: of GATEWAY_FAULTS_KEY */
  constructor(key: Buffer, now: () => number = () => performance.now(), random: () => number = Math.random) {
    this.#key = key
    this.#now = now
    this.#random = random
  }

  get rules(): readonly FaultRule[] {
    const now = this.#now()
    return this.#rules
      .filter(({ until }) => until > now)
      .map(({ until, ...rule }) => ({ ...rule, seconds: Math.ceil((until - now) / 1000) }))
  }

  replace(rules: readonly FaultRule[]): void {
    const now = this.#now()
    this.#rules = rules.map((rule) => ({ ...rule, until: now + rule.seconds * 1000 }))
  }

  /**
   * What happens to this request: what its own header asks for, else the first rule about it. Throws for a header that is not signed as it has to be:
   * whoever tests would take the answer for one of a shop that holds.
   */
  of(request: Pick<FastifyRequest, 'url' | 'method' | 'headers'>): Fault | undefined {
    const told = request.headers[FAULT_HEADER]
    if (this.#rules.length === 0 && told === undefined) return undefined
    const path = pathOf(request.url)
    if (path.startsWith(OWN)) return undefined
    if (told !== undefined) {
      const fault = readFaultHeader(this.#key, String(told), { method: request.method, path }, new Date())
      if (!fault) throw errors.notFound()
      return fault
    }
    const now = this.#now()
    const rule = this.#rules.find(({ prefix, until }) => until > now && below(path, prefix))
    return rule && this.#random() * 100 < rule.percent ? rule : undefined
  }
}
