export type Value = string | number | boolean

/**
 * Variables from the sources of a config server, the first wins. Names are as Spring reads them: `gateway.timeout-ms`, `gateway.timeoutMs` and `GATEWAY_TIMEOUT_MS`
 * are one setting. A list becomes a text with commas; it comes as a whole from the first source that has it. Keys below `features.` become the setting FEATURES.
 */
export function readVariables(sources: readonly { readonly source: Readonly<Record<string, Value>> }[]): Record<string, string> {
  const variables: Record<string, string> = {}
  const features = new Map<string, string>()
  for (const { source } of sources) {
    const here = new Map<string, string[]>()
    for (const [key, value] of Object.entries(source)) {
      const [, feature] = /^features\.([a-z][a-z0-9-]{0,63})$/.exec(key) ?? []
      if (feature !== undefined) {
        if (!features.has(feature)) features.set(feature, String(value))
        continue
      }
      const [, name = key, index] = /^(.*?)(?:\[(\d{1,4})\])?$/s.exec(key) ?? []
      const variable = variableOf(name)
      const list = here.get(variable) ?? []
      list[Number(index ?? 0)] = String(value)
      here.set(variable, list)
    }
    for (const [variable, list] of here) variables[variable] ??= list.filter((item) => item !== undefined).join(',')
  }
  if (features.size > 0) variables['FEATURES'] ??= [...features].map(([name, value]) => `${name}=${value}`).join(',')
  return variables
}

/** `orders.placeTimeoutMs` → `ORDERS_PLACE_TIMEOUT_MS` */
const variableOf = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toUpperCase()
