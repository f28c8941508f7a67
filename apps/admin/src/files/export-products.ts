import { api } from '../session.ts'

/** A large catalogue takes its time to be written. */
const UP_TO = 600_000

/** Has the browser save all products as a file. The token is no cookie, so a link alone would not do. */
export async function exportProducts(): Promise<void> {
  const answer: unknown = await api.call('GET /api/products/export', {}, { timeoutMs: UP_TO })
  if (!(answer instanceof Response)) throw new TypeError('the file did not come')
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = `products-${new Date().toISOString().slice(0, 10)}.csv`
  link.click()
  // the browser begins to save it after this turn
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
