import { readdir, readFile } from 'node:fs/promises'
import { protoOf } from '#kit/rpc/grpc/descriptors.ts'
import { protoText } from '#kit/rpc/grpc/proto-text.ts'
import type { RpcContract } from '#kit/rpc/rpc.ts'

const FOLDER = 'contracts/rpc/'

/** `contracts/rpc/<service>.proto` of every contract, with the field numbers that were published before. */
export async function protoFiles(root: URL): Promise<Map<string, string>> {
  const names = (await readdir(new URL(FOLDER, root))).filter((name) => name.endsWith('.ts')).sort()
  const modules: Record<string, unknown>[] = await Promise.all(
    names.map((name) => import(new URL(`${FOLDER}${name}`, root).href)),
  )
  const contracts = modules.flatMap((exports) => Object.values(exports)).filter(isContract)
  return new Map(
    await Promise.all(
      contracts.map(async (contract) => {
        const path = `${FOLDER}${contract.service}.proto`
        const published = await readFile(new URL(path, root), 'utf8').catch(() => '')
        return [path, protoText(protoOf(contract, published))] as const
      }),
    ),
  )
}

function isContract(value: unknown): value is RpcContract {
  return typeof value === 'object' && value !== null && 'service' in value && 'methods' in value && 'messages' in value
}
