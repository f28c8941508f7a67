/**
 * What answers told us to exist: ids, numbers, SKUs, keys. A later request names one of them, so that changes and reads
 * meet things that are there (create → read → change → delete → use after delete) and not only invented ids.
 */
export interface Pool {
  /** Remembers every text and id of an answer under its field name and the collection of the address. */
  learn(path: string, body: unknown): void
  /** Something known for this parameter, chosen by `pick`; undefined where nothing is known. */
  known(path: string, parameter: string, pick: number): string | undefined
}

const AT_MOST = 200

export function createPool(): Pool {
  const byName = new Map<string, string[]>()
  const add = (name: string, value: unknown) => {
    if (typeof value !== 'string' || value.length === 0 || value.length > 120) return
    const list = byName.get(name) ?? []
    if (list.length >= AT_MOST || list.includes(value)) return
    byName.set(name, [...list, value])
  }
  const walk = (collection: string, value: unknown, depth: number): void => {
    if (depth > 5 || typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const item of value.slice(0, 20)) walk(collection, item, depth + 1)
      return
    }
    for (const [name, child] of Object.entries(value)) {
      if (/^(id|key|sku|number|slug|code|name)$|(Id|Key|Number)$/.test(name)) {
        add(`${collection} ${name}`, child)
        add(name, child)
      }
      walk(name === 'items' ? collection : `${collection}/${name}`, child, depth + 1)
    }
  }
  return {
    learn: (path, body) => walk(collectionOf(path), body, 0),
    known(path, parameter, pick) {
      const list = byName.get(`${collectionOf(path)} ${parameter}`) ?? byName.get(parameter)
      return list?.[pick % list.length]
    },
  }
}

/** `/api/orders/{id}/returns` → `/api/orders`: the words before the first parameter. */
const collectionOf = (path: string): string => (path.split('/{')[0] as string).replace(/\/[0-9a-f-]{36}.*$/, '')
