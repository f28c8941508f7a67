/**
 * At most so many of a list that comes page by page; `more`: there are others. Undefined as soon as it is not `wanted` any more: what was asked
 * for is no longer what is shown, and must not be changed unseen.
 */
export async function firstOf<T>(
  all: AsyncIterable<T>,
  most: number,
  wanted: () => boolean,
): Promise<{ readonly items: readonly T[]; readonly more: boolean } | undefined> {
  const items: T[] = []
  for await (const one of all) {
    if (!wanted()) return undefined
    if (items.length === most) return { items, more: true }
    items.push(one)
  }
  return wanted() ? { items, more: false } : undefined
}
