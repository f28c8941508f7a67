/** What `sns+sqs://…` says. */
export interface SnsSqsUrl {
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
  /** before every name, empty or ending with a dash: several shops in one account */
  readonly prefix: string
  /** the FIFO variant of topics and queues: order per key */
  readonly fifo: boolean
  /** topics, queues and subscriptions that are missing are made; else that is left to `souk bus apply` */
  readonly create: boolean
  /** how long a message that was taken is hidden from others; whoever works longer extends it */
  readonly visibilitySeconds: number
  /** how long one request for messages stays with the service */
  readonly waitSeconds: number
  /** how often a message is given out before the queue puts it into its dead letters by itself */
  readonly receives: number
}

const known: ReadonlySet<string> = new Set(['endpoint', 'fifo', 'create', 'visibility', 'wait', 'receives'])

/**
 * Reads `sns+sqs://[key:secret@][region][/prefix][?fifo=yes&create=no&visibility=30&wait=5&receives=3&endpoint=…]`. What is not said is taken from the usual
 * variables of AWS by its client.
 * @throws TypeError with a line for the person who wrote it
 */
export function readSnsSqsUrl(text: string): SnsSqsUrl {
  const url = new URL(text)
  const asked = url.searchParams
  const strange = [...asked.keys()].find((name) => !known.has(name))
  if (strange !== undefined) throw new TypeError(`sns+sqs:// knows no "${strange}"; there are ${[...known].join(', ')}`)
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '')
  if (!/^[A-Za-z0-9_-]{0,20}$/.test(prefix)) throw new TypeError(`"${prefix}" is no prefix: letters, digits, _ and -, at most 20`)
  return {
    region: url.hostname === '' ? undefined : url.hostname,
    endpoint: asked.get('endpoint') ?? undefined,
    credentials:
      url.username === ''
        ? undefined
        : { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) },
    prefix: prefix === '' ? '' : `${prefix}-`,
    fifo: yes(asked, 'fifo', false),
    create: yes(asked, 'create', true),
    visibilitySeconds: whole(asked, 'visibility', 30, 1, 43_200),
    waitSeconds: whole(asked, 'wait', 5, 0, 20),
    receives: whole(asked, 'receives', 3, 1, 1000),
  }
}

function yes(asked: URLSearchParams, name: string, preset: boolean): boolean {
  const value = asked.get(name)
  if (value === null) return preset
  if (value !== 'yes' && value !== 'no') throw new TypeError(`${name} has to be yes or no`)
  return value === 'yes'
}

function whole(asked: URLSearchParams, name: string, preset: number, least: number, most: number): number {
  const value = Number(asked.get(name) ?? preset)
  if (!Number.isInteger(value) || value < least || value > most)
    throw new TypeError(`${name} has to be a whole number, ${least}–${most}`)
  return value
}
