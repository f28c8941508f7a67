/** What `s3://…` says. */
export interface S3Place {
  readonly bucket: string
  /** before every key, empty or ending with a slash: several shops in one bucket */
  readonly prefix: string
  readonly region: string | undefined
  readonly endpoint: string | undefined
  /** the bucket in the path instead of the host name, as MinIO and most others besides AWS want it */
  readonly pathStyle: boolean
  /** signed addresses are given out instead of the bytes */
  readonly links: boolean
  /** the bucket is made when it is missing */
  readonly create: boolean
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
}

const known: ReadonlySet<string> = new Set(['region', 'endpoint', 'style', 'links', 'create'])

/**
 * Reads `s3://[key:secret@]bucket[/prefix][?region=…&endpoint=…&style=path|host&links=signed|none&create=yes|no]`. What is not said is taken
 * from the usual variables of AWS (AWS_REGION, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID …) by its client.
 * @throws TypeError with a line for the person who wrote it
 */
export function readS3Url(text: string): S3Place {
  const url = new URL(text)
  const asked = url.searchParams
  const strange = [...asked.keys()].find((name) => !known.has(name))
  if (strange !== undefined) throw new TypeError(`s3:// knows no "${strange}"; there are ${[...known].join(', ')}`)
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) throw new TypeError(`"${url.hostname}" is no name of a bucket`)
  const path = url.pathname.replace(/^\/+|\/+$/g, '')
  if (path !== '' && !/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/.test(path))
    throw new TypeError(`"${path}" is no plain path`)
  const endpoint = asked.get('endpoint') ?? undefined
  if (endpoint !== undefined && !/^https?:\/\/[^\s/?#]+\/?$/.test(endpoint))
    throw new TypeError('endpoint has to be an http(s) URL without a path')
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    region: asked.get('region') ?? undefined,
    endpoint,
    pathStyle: oneOf(asked, 'style', ['path', 'host'], endpoint === undefined ? 'host' : 'path') === 'path',
    links: oneOf(asked, 'links', ['signed', 'none'], 'none') === 'signed',
    create: oneOf(asked, 'create', ['yes', 'no'], 'no') === 'yes',
    credentials:
      url.username === ''
        ? undefined
        : { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) },
  }
}

function oneOf(asked: URLSearchParams, name: string, values: readonly string[], preset: string): string {
  const value = asked.get(name) ?? preset
  if (values.includes(value)) return value
  throw new TypeError(`${name} has to be ${values.join(' or ')}`)
}
