import { api } from '../session.ts'
import { saveFile } from './save-file.ts'

/** A large catalogue takes its time to be written. */
const UP_TO = 600_000

/** Has the browser save all products as a file. */
export const exportProducts = async (): Promise<void> =>
  await saveFile(
    () => api.call('GET /api/products/export', {}, { timeoutMs: UP_TO }),
    `products-${new Date().toISOString().slice(0, 10)}.csv`,
  )
