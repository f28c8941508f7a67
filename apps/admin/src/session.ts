import { showPasskey } from '../../storefront/app/components/passkey-device.ts'
import { createClient, type Client } from '../../../packages/client/src/client.ts'

/** Who is signed in; the access token lives in memory only, what renews it in a cookie that scripts cannot read. */
export interface Staff {
  readonly token: string
  readonly userId: string
  readonly permissions: ReadonlySet<string>
}

interface Tokens {
  readonly accessToken: string
  readonly userId: string
}

export type SignInAnswer = { readonly staff: Staff } | { readonly mfaToken: string } | { readonly message: string }

let current: Staff | undefined
const listeners = new Set<() => void>()

export const staffNow = (): Staff | undefined => current

/** Whether to show something; the API decides whether it may be done. Of several permissions one is enough; undefined: for all of staff. `*`: administrators. */
export function may(permission: string | readonly string[] | undefined): boolean {
  if (!current) return false
  const { permissions } = current
  const enough = permission === undefined ? undefined : [permission].flat()
  return enough === undefined || permissions.has('*') || enough.some((one) => permissions.has(one))
}

export function onStaffChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function set(staff: Staff | undefined): void {
  current = staff
  for (const listener of listeners) listener()
}

/** Claims of our own token, to decide what to show; what is allowed the API decides. */
function staffOf({ accessToken, userId }: Tokens): Staff {
  const [, payload = ''] = accessToken.split('.')
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { permissions?: string[]; scope?: string }
  return { token: accessToken, userId, permissions: new Set(claims.permissions ?? claims.scope?.split(' ') ?? []) }
}

async function post(action: string, body: object): Promise<Response> {
  return await fetch(`/admin/session/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
}

type Shown = { email: string; password: string } | { mfaToken: string; code: string } | { credential: unknown }

/** How staff can sign in besides with a password; passkeys only where this browser knows them. */
export async function waysIn() {
  const { passkeys, providers } = await api.call('GET /api/auth/ways', { query: { for: 'admin' } })
  return { passkeys: passkeys && 'PublicKeyCredential' in window, providers }
}

/** Lets the device choose one of its passkeys, and signs in with it. */
export async function signInWithPasskey(): Promise<SignInAnswer> {
  const credential = await showPasskey(await api.call('POST /api/auth/passkeys/challenge'))
  return credential ? await signIn({ credential }) : { message: 'No passkey was used.' }
}

export async function signIn(body: Shown): Promise<SignInAnswer> {
  const response = await post('sign-in', body)
  const answer = (await response.json()) as Tokens & { mfaToken?: string; detail?: string }
  if (!response.ok)
    return {
      message:
        response.status === 401 && !('credential' in body)
          ? 'E-mail, password or code are not right.'
          : (answer.detail ?? 'That did not work.'),
    }
  if (answer.mfaToken) return { mfaToken: answer.mfaToken }
  const staff = staffOf(answer)
  set(staff)
  return { staff }
}

let renewing: Promise<boolean> | undefined

/** Once for all requests that were refused at the same moment. */
export function renew(): Promise<boolean> {
  renewing ??= (async () => {
    const response = await post('renew', {}).catch(() => undefined)
    if (response?.status !== 200) {
      if (response?.status === 401 || response?.status === 204) set(undefined)
      return false
    }
    set(staffOf((await response.json()) as Tokens))
    return true
  })().finally(() => {
    renewing = undefined
  })
  return renewing
}

export async function signOut(): Promise<void> {
  const response = await post('sign-out', {}).catch(() => undefined)
  set(undefined)
  // who came through another sign-in leaves through it
  const { url } = response?.status === 200 ? ((await response.json()) as { url: string | null }) : { url: null }
  if (url) window.location.assign(url)
}

/** The API as whoever is signed in. */
export const api: Client = createClient({ baseUrl: '', token: () => current?.token, renewToken: renew, locale: 'en' })

/** What an address says that the client does not know, whatever its status. */
export async function ask(path: string): Promise<unknown> {
  const asked = () =>
    fetch(path, {
      headers: { accept: 'application/json', authorization: `Bearer ${current?.token ?? ''}` },
      signal: AbortSignal.timeout(10_000),
    })
  const answer = await asked()
  return await (answer.status === 401 && (await renew()) ? await asked() : answer).json()
}
