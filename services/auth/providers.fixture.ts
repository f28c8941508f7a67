import { CLIENT, type IdentityProvider, type Lie, startIdentityProvider } from './identity-provider.fixture.ts'
import { type Auth, type Person, startAuth } from './auth.fixture.ts'
import type { TestAnswer } from '#kit/testing/service.ts'

/** where sign-ins through our company begin; `…/return`: where they come back to */
export const SHOP = 'http://shop.test/sign-in/provider/company'
export const ADMIN = 'http://shop.test/admin/session/provider/company'

export type Claims = Record<string, unknown>
let people = 0

/** A person at the provider, with an address that it has verified. */
export function somebody(claims: Claims = {}): Claims {
  people += 1
  return { sub: `there-${people}`, email: `ada${people}@company.example`, email_verified: true, name: 'Ada', ...claims }
}

export interface Elsewhere {
  readonly auth: Auth
  readonly company: IdentityProvider
  /** begins a trip */
  start(key?: string, face?: string, again?: boolean): Promise<{ url: string; ticket: string }>
  finish(ticket: string, query: string, provider?: string): Promise<TestAnswer>
  /** goes there, signs in there, comes back */
  come(claims: Claims, options?: { key?: string; face?: string; lie?: Lie; again?: boolean }): Promise<TestAnswer>
  /** the person has shown that the address is theirs, here */
  verify(person: Person): Promise<unknown>
  close(): Promise<void>
}

/** auth with a provider for everybody, one for customers, and one that is away. */
export async function startElsewhere(): Promise<Elsewhere> {
  const company = await startIdentityProvider([
    `${SHOP}/return`,
    `${ADMIN}/return`,
    'http://shop.test/sign-in/provider/public/return',
  ])
  const common = { issuer: company.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret }
  const roles = { desk: 'SUPPORT', boss: 'ADMIN' }
  const auth = await startAuth({
    providers: JSON.stringify([
      { key: 'company', name: 'Our company', ...common, for: ['shop', 'admin'], rolesClaim: 'groups', roles },
      { key: 'public', ...common },
      { key: 'away', ...common, issuer: 'http://127.0.0.1:1' },
    ]),
  })
  const start = async (key = 'company', face = 'shop', again = false) => {
    const answer = await auth.inject('POST', `/api/auth/providers/${key}/start`, { for: face, again })
    if (answer.status !== 200) throw new Error(`no trip: ${answer.status} ${answer.raw.toString()}`)
    return answer.body as { url: string; ticket: string }
  }
  const finish = (ticket: string, query: string, provider = 'company') =>
    auth.inject('POST', '/api/auth/providers/finish', { provider, ticket, query })
  return {
    auth,
    company,
    start,
    finish,
    async come(claims, { key, face, lie, again } = {}) {
      const { url, ticket } = await start(key, face, again)
      return await finish(ticket, company.approve(url, claims, lie), key)
    },
    verify: (person) => auth.db.sql`update accounts set email_verified_at = now() where user_id = ${person.userId}`,
    async close() {
      await auth.close()
      await company.close()
    },
  }
}
