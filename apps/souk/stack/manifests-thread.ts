// Thread of manifests.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { loadServices } from '../load.ts'
import { manifestOf } from './manifests.ts'

const { root, extensions } = workerData as { root: string; extensions: string[] }
const loaded = await loadServices({ root: new URL(root), extensions })
parentPort?.postMessage(loaded.map(({ service }) => manifestOf(service)))
