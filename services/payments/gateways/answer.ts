/** The company answered, and what it said is nothing that may be believed: as good as silence. */
export class GatewayAnswerRefused extends Error {
  override name = 'GatewayAnswerRefused'
}

type Check = (value: unknown) => boolean

const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= most
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const reference = text(255)
const reason = text(500)
const money = {
  amount: maybe((value) => typeof value === 'bigint'),
  currency: maybe((value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value)),
}

/** A page that a shopper is sent to. */
const page: Check = (value) => text(2000)(value) && /^https?:$/.test(URL.parse(value as string)?.protocol ?? '')

/** What belongs to each kind of answer. `failed` is missing: that is our word, never a company's. */
const KINDS: ReadonlyMap<unknown, Readonly<Record<string, Check>>> = new Map(
  Object.entries<Readonly<Record<string, Check>>>({
    authorized: { reference, ...money },
    captured: { reference, ...money },
    declined: { reference: maybe(reference), reason },
    challenge: { reference, url: page },
    pending: { reference: maybe(reference) },
    voided: { reference: maybe(reference), ...money },
    unknown: {},
    refunded: { reference, ...money },
    refused: { reason },
  }),
)

/**
 * The answer of a driver as it is, when it has the form the port promises. A driver translates what somebody else's server
 * sends; what it lets through by mistake (a page of HTML, a number for an amount, ten megabytes of reference, a `javascript:`
 * address) must end here, not in our books. Throws GatewayAnswerRefused.
 */
export function believable<T>(answer: T): T {
  const given = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>
  const parts = KINDS.get(given['kind'])
  if (!parts) throw new GatewayAnswerRefused('an answer of no kind')
  for (const [part, check] of Object.entries(parts))
    if (!check(given[part])) throw new GatewayAnswerRefused(`${String(given['kind'])} with a wrong ${part}`)
  return answer
}
