import { readFileSync } from 'node:fs'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { codecOf } from '#kit/rpc/grpc/contract-codec.ts'
import type { RpcContract } from '#kit/rpc/rpc.ts'

/** A client as a program outside of the house would make it from the published `.proto`; `token`: an access token of a user. */
// biome-ignore lint/suspicious/noExplicitAny: messages of descriptors made at run time have no types
export function grpcClient(contract: RpcContract, baseUrl: string, token?: string): any {
  const published = readFileSync(new URL(`../../contracts/rpc/${contract.service}.proto`, import.meta.url), 'utf8')
  const transport = createGrpcTransport({
    baseUrl,
    interceptors: [
      (next) => (request) => {
        if (token) request.header.set('authorization', `Bearer ${token}`)
        return next(request)
      },
    ],
  })
  return createClient(codecOf(contract, published).service, transport)
}
