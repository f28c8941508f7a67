import { createContext } from 'react-router'

/** What the host gives to the pages, once. */
export interface PagesOptions {
  /** where the API answers, seen from this process */
  readonly apiUrl: () => string
  /** address under which shoppers see the shop, without a slash at its end */
  readonly publicUrl: string
  /** cookies only by HTTPS */
  readonly secure: boolean
  /** Makes a text that only this installation can read, for the session cookie. */
  readonly seal: (plain: string) => string
  /** Throws when it was not sealed here. */
  readonly unseal: (sealed: string) => string
  readonly report: (error: unknown) => void
  /** The mailbox and simulated payments are there to try things out. */
  readonly demo: boolean
}

export interface Visit extends PagesOptions {
  /** go along with everything a page asks of the API: for which client, in which trace */
  readonly headers: Readonly<Record<string, string>>
  /** for the scripts of this page */
  readonly nonce: string
}

export const visitContext = createContext<Visit>()

/** Answers a request for a page. */
export type AnswerPage = (request: Request, visit: Pick<Visit, 'headers' | 'nonce'>) => Promise<Response>

/** What the finished build gives to the host. */
export interface StorefrontModule {
  createPages(options: PagesOptions): AnswerPage
}
