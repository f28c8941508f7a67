/** What `ses:…` says. */
export interface SesPlace {
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly configurationSet: string | undefined
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
}

const known: ReadonlySet<string> = new Set(['endpoint', 'configuration-set'])

/**
 * Reads `ses:` or `ses://[key:secret@]region[?endpoint=…&configuration-set=…]`. What is not said is taken from the usual variables of AWS.
 * @throws TypeError with a line for the person who wrote it
 */
export function readSesUrl(text: string): SesPlace {
  const url = new URL(text)
  const strange = [...url.searchParams.keys()].find((name) => !known.has(name))
  if (strange !== undefined) throw new TypeError(`ses: knows no "${strange}"; there are ${[...known].join(', ')}`)
  return {
    region: url.hostname === '' ? undefined : url.hostname,
    endpoint: url.searchParams.get('endpoint') ?? undefined,
    configurationSet: url.searchParams.get('configuration-set') ?? undefined,
    credentials:
      url.username === ''
        ? undefined
        : { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) },
  }
}
