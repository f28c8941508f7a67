import { createRequestHandler, RouterContextProvider } from 'react-router'
import * as build from 'virtual:react-router/server-build'
import { type AnswerPage, type PagesOptions, visitContext } from './visit.ts'

/** The storefront on the server: what the host imports from the finished build. */
export function createPages(options: PagesOptions): AnswerPage {
  const handle = createRequestHandler(build, 'production')
  return async (request, visit) => {
    const context = new RouterContextProvider()
    context.set(visitContext, { ...options, ...visit })
    return await handle(request, context)
  }
}
