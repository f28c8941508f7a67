/** Documents on their way to OpenSearch, which may be busy. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import { isPassing, isPassingStatus, type OpenSearchClient } from '../engines/opensearch-client.ts'

export interface Patience {
  /** how often lines are sent again, and the pauses in between, which grow */
  readonly tries: number
  readonly firstMs: number
  readonly longestMs: number
}
/** About half a minute; then the job comes again. */
export const PATIENCE: Patience = { tries: 8, firstMs: 250, longestMs: 8_000 }

/** Some documents were turned away for a moment. */
class TurnedAway extends Error {}

/** Sends lines for `_bulk`. What is refused for a moment, all of it or some documents, is sent again; anything else is an error. */
export async function sendLines(
  client: OpenSearchClient,
  lines: readonly object[],
  { refresh, signal }: { readonly refresh: boolean; readonly signal: AbortSignal },
  { tries, firstMs, longestMs }: Patience,
): Promise<void> {
  const patiently = retry(
    handleWhen((error) => error instanceof TurnedAway || isPassing(error)),
    { maxAttempts: tries, backoff: new ExponentialBackoff({ initialDelay: firstMs, maxDelay: longestMs }) },
  )
  let left = lines
  await patiently.execute(async () => {
    if (left.length === 0) return
    const { errors, items } = await client.bulk(left, { refresh })
    if (!errors) return
    const operations = operationsOf(left)
    const failed = items.flatMap((item, at) => {
      const { status, error } = Object.values(item)[0]!
      return status < 300 || status === 404 ? [] : [{ lines: operations[at]!, status, error }]
    })
    if (failed.length === 0) return
    const hopeless = failed.find(({ status }) => !isPassingStatus(status))
    const said = `OpenSearch took ${operations.length - failed.length} of ${operations.length} documents: ${JSON.stringify((hopeless ?? failed[0]!).error)}`
    if (hopeless) throw new Error(said)
    left = failed.flatMap((one) => one.lines)
    throw new TurnedAway(said)
  }, signal)
}

/** `_bulk` has one line for a deletion and two for a document. */
function operationsOf(lines: readonly object[]): object[][] {
  const operations: object[][] = []
  for (const line of lines) {
    if ('delete' in line || 'index' in line) operations.push([line])
    else operations.at(-1)!.push(line)
  }
  return operations
}
