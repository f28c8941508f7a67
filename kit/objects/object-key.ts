const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/

/** Whether a key is a path of plain names: nothing that could leave a folder, hide, or mean something to a shell or to Windows. */
export function isSafeKey(key: string): boolean {
  return key.length <= 512 && key.split('/').every((part) => segment.test(part) && !part.endsWith('.'))
}

/** The key, or a RangeError: the same keys are refused by every driver, so that files can be moved from one to another. */
export function checkKey(key: string): string {
  if (isSafeKey(key)) return key
  throw new RangeError(`not a safe object key: ${JSON.stringify(key.slice(0, 80))}`)
}
