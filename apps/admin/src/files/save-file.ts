/** While a document is being made the shop answers 202 and asks to come again in this time. */
const AGAIN_MS = 2_000
const TRIES = 10

/**
 * Has the browser save a file that the shop answers. The token is no cookie, so a link alone would not do. `called`: its name; without it the
 * one the answer gives. Throws a RangeError, to be shown, where the file is still being made after 20 s, and what `ask` throws.
 */
export async function saveFile(ask: () => Promise<unknown>, called?: string): Promise<void> {
  const answer = await onceMade(ask)
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = called ?? /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? ''
  link.click()
  // the browser begins to save it after this turn
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

async function onceMade(ask: () => Promise<unknown>): Promise<Response> {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const answer = await ask()
    if (answer instanceof Response) return answer
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
  throw new RangeError('This is still being made. Try again in a moment.')
}
