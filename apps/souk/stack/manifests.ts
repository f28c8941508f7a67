import { Worker } from 'node:worker_threads'
import type { Service } from '#kit/service/service.ts'

/** What a stack has to know of a service. */
export interface Manifest {
  readonly name: string
  readonly port: number
  readonly door: boolean
  readonly group: 'shop' | 'back-office' | undefined
  readonly order: number | undefined
  readonly tells: Readonly<Record<string, string>>
}

export const manifestOf = ({ name, port, door, apart }: Service): Manifest => ({
  name,
  port,
  door: door !== undefined,
  group: apart?.group,
  order: apart?.order,
  tells: apart?.tells ?? {},
})

/**
 * Reads the manifests of all services in a thread that ends: the code of the services, some 60 MB, is of no use to a process that only
 * starts others.
 */
export async function readManifests(root: URL, extensions: readonly string[]): Promise<Manifest[]> {
  const worker = new Worker(new URL('./manifests-thread.ts', import.meta.url), { workerData: { root: root.href, extensions } })
  try {
    return await new Promise<Manifest[]>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  } finally {
    await worker.terminate()
  }
}
