import { service } from './service.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Principal } from '#kit/core/principal.ts'
import { startService, testUser } from '#kit/testing/service.ts'

interface FakeAccount {
  userId: string
  email: string
  password: string | undefined
  roles: string[]
  grantedRoles: string[]
}

const NOTHING = { reviews: [], votes: [], reports: [] }
const UNKNOWN = { remembered: true, views: [], carts: [], inCart: [], purchases: [], experiments: [], clicks: [] }

/** users on a real database, with an auth that keeps accounts in memory. */
export async function startUsers() {
  const accounts = new Map<string, FakeAccount>()
  const deleted: string[] = []
  const verified = new Set<string>()
  const written = new Map<string, object>()
  const remembered = new Map<string, object>()
  const byEmail = (email: string) => [...accounts.values()].find((account) => account.email === email.trim().toLowerCase())
  const users = await startService(service, {
    rpc: {
      recommendations: {
        ofPerson: async ({ personId }: { personId: string }) => ({ ...UNKNOWN, ...remembered.get(personId) }),
      },
      reviews: {
        ofAuthor: async ({ authorId }: { authorId: string }) => ({ ...NOTHING, ...written.get(authorId) }),
      },
      auth: {
        createAccount: async (input: { userId: string; email: string; password?: string; role?: string }) => {
          const known = byEmail(input.email)
          if (known)
            return known.password === input.password ? { outcome: 'exists-same', userId: known.userId } : { outcome: 'exists' }
          accounts.set(input.userId, {
            userId: input.userId,
            email: input.email.trim().toLowerCase(),
            password: input.password,
            roles: [input.role ?? 'CUSTOMER'],
            grantedRoles: [],
          })
          return { outcome: 'created' }
        },
        login: async (input: { email: string }) => ({
          accessToken: 'a',
          refreshToken: 'r',
          tokenType: 'Bearer',
          expiresIn: 600,
          userId: byEmail(input.email)?.userId,
        }),
        ofPerson: async () => ({ apiKeys: [], passkeys: [], providers: [], sessions: [] }),
        accounts: async ({ userIds }: { userIds: string[] }) => ({
          accounts: userIds.flatMap((id) => {
            const account = accounts.get(id)
            return account
              ? [
                  {
                    userId: id,
                    email: account.email,
                    emailVerified: verified.has(id),
                    roles: account.roles,
                    grantedRoles: account.grantedRoles,
                    disabled: false,
                    createdAt: '2026-01-01T00:00:00.000Z',
                  },
                ]
              : []
          }),
        }),
        accountByEmail: async ({ email }: { email: string }) => ({ userId: byEmail(email)?.userId ?? null }),
        deleteAccount: async ({ userId }: { userId: string }) => {
          deleted.push(userId)
          accounts.delete(userId)
          return {}
        },
      },
    },
  })
  const counter = { n: 0 }
  return {
    ...users,
    accounts,
    deleted,
    /** whose address is verified */
    verified,
    /** what reviews tells of somebody */
    written,
    /** what recommendations tell of somebody */
    remembered,
    /** Registers somebody and gives them back as the edge would know them. */
    async shopper(fullName = 'Ann Baker'): Promise<{ id: string; email: string; as: Principal }> {
      counter.n += 1
      const email = `shopper${counter.n}@shop.example`
      const answer = await users.request('POST', '/api/users', { body: { email, password: 'tidy-otter-rows', fullName } })
      if (answer.status !== 201) throw new Error(`registration answered ${answer.status}: ${answer.raw}`)
      return { id: answer.body.id, email, as: testUser(answer.body.id) }
    },
    staff: (...permissions: string[]): Principal => testUser(uuidv7(), permissions, ['SUPPORT']),
    /** Types of the events about somebody, oldest first. */
    async told(userId: string): Promise<string[]> {
      return (await users.events()).filter((event) => event.subject === userId).map((event) => event.type)
    },
  }
}

export type Users = Awaited<ReturnType<typeof startUsers>>

export const HOME = { name: 'Ann Baker', line1: '1 Mill Lane', city: 'Leeds', postalCode: 'LS1 4AP', country: 'GB' }
