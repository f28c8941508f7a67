import type { TokenKind, TokenVerifier } from '#kit/http/tokens.ts'
import type { GrpcServer } from '#kit/rpc/grpc/server.ts'
import type { Logger } from '#kit/service/logger.ts'
import type { Secrets } from '../secrets.ts'
import type { Platform } from './platform.ts'
import { SERVICE_KEY } from './service-key.ts'

/** The rules for tokens with which other processes of the installation come in. */
export async function serviceTokenKind({ host }: Platform, secrets: Secrets): Promise<TokenKind> {
  const { createServiceTokens, SERVICE_ISSUER } = await import('#kit/rpc/service-tokens.ts')
  const { kid, publicKey } = createServiceTokens(secrets.secret(SERVICE_KEY))
  return {
    issuer: SERVICE_ISSUER,
    audience: host.services.map(({ name }) => name),
    keys: (id) => (id === kid ? publicKey : undefined),
  }
}

/** What the services of this process answer, by gRPC. Does not listen. Loaded only where it is wanted. */
export async function openGrpcServer(
  { host }: Platform,
  options: { readonly tokens: TokenVerifier; readonly ready: () => boolean; readonly log: Logger },
): Promise<GrpcServer> {
  const [{ createGrpcServer }, { readProtos }] = await Promise.all([import('#kit/rpc/grpc/server.ts'), import('./protos.ts')])
  return createGrpcServer({ ...options, implementations: host.rpc.implementations(), published: await readProtos() })
}
