import type { Static } from 'typebox'
import { ACCESS_TOKEN_SECONDS } from './access-token.ts'
import type { AuthDeps } from './deps.ts'
import type { OpenedSession } from './sessions.ts'
import type { Tokens as TokensSchema } from '#contracts/rpc/auth.ts'

export type Tokens = Static<typeof TokensSchema>

/** Answer of a login: an access token for the opened session and the refresh token that continues it. */
export async function tokensFor(deps: AuthDeps, userId: string, session: OpenedSession): Promise<Tokens> {
  const accessToken = await deps.accessTokens.sign({ userId, sessionId: session.sessionId, roles: session.roles })
  return { accessToken, refreshToken: session.refreshToken, tokenType: 'Bearer', expiresIn: ACCESS_TOKEN_SECONDS, userId }
}
