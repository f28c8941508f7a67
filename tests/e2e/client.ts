/** A caller of the public API: a shopper, a guest or staff. Speaks HTTP and nothing else. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came back
  readonly body: any
  readonly text: string
}

export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  delete(path: string, headers?: Record<string, string>): Promise<Answer>
  /** the same caller with headers on every request */
  with(headers: Record<string, string>): Client
}

export function client(url: string, common: Record<string, string> = {}): Client {
  async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...common, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '')
    return { status: answer.status, headers: answer.headers, body: isJson && text ? JSON.parse(text) : undefined, text }
  }
  return {
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body = {}, headers) => send('POST', path, body, headers),
    put: (path, body = {}, headers) => send('PUT', path, body, headers),
    patch: (path, body = {}, headers) => send('PATCH', path, body, headers),
    delete: (path, headers) => send('DELETE', path, undefined, headers),
    with: (headers) => client(url, { ...common, ...headers }),
  }
}

/** Signs in and returns a caller with that token. */
export async function signIn(url: string, email: string, password: string): Promise<Client> {
  const answer = await client(url).post('/api/auth/login', { email, password })
  if (answer.status !== 200) throw new Error(`login of ${email} failed: ${answer.status} ${answer.text}`)
  return client(url, { authorization: `Bearer ${answer.body.accessToken}` })
}

/** Throws with the whole answer when the status is another: a failing test then says why. */
export function expectStatus(answer: Answer, ...allowed: number[]): Answer {
  if (!allowed.includes(answer.status))
    throw new Error(`expected ${allowed.join(' or ')}, got ${answer.status}: ${answer.text.slice(0, 2000)}`)
  return answer
}
