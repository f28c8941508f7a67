import { Writable } from 'node:stream'
import { renderToPipeableStream } from 'react-dom/server'
import { type EntryContext, type RouterContextProvider, ServerRouter } from 'react-router'
import { visitContext } from '../server/visit.ts'
import { isBusy } from './api.server.ts'

/** Longest time that late parts of a page are waited for. */
export const streamTimeout = 4_000

export default async function renderPage(
  request: Request,
  status: number,
  headers: Headers,
  entry: EntryContext,
  context: Readonly<RouterContextProvider>,
): Promise<Response> {
  const { nonce, report } = context.get(visitContext)
  headers.set('content-type', 'text/html; charset=utf-8')
  if (isBusy(status)) headers.set('retry-after', '2')
  if (request.method === 'HEAD') return new Response(null, { status, headers })
  return await new Promise((resolve, reject) => {
    const { pipe, abort } = renderToPipeableStream(<ServerRouter context={entry} url={request.url} nonce={nonce} />, {
      nonce,
      // No page has parts that come later, so it is sent in one piece: passing it on as a stream cost more than rendering it.
      onAllReady() {
        const pieces: Buffer[] = []
        const whole = new Writable({
          write(piece: Buffer, _encoding, done) {
            pieces.push(Buffer.from(piece))
            done()
          },
          final(done) {
            resolve(new Response(Buffer.concat(pieces), { status, headers }))
            done()
          },
        })
        pipe(whole)
      },
      onShellError: reject,
      onError: report,
    })
    setTimeout(() => abort(), streamTimeout + 1_000).unref()
  })
}

export function handleError(
  error: unknown,
  { request, context }: { request: Request; context: Readonly<RouterContextProvider> },
) {
  if (!request.signal.aborted) context.get(visitContext).report(error)
}
