/** Everything up to the hosts, and the hosts: `postgres://user:password@` and `one:5432,two:5432`. */
const HOSTS = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)/

/** A URL may name several hosts, of which one is the primary: `postgres://user:password@one:5432,two:5432/souk`. */
export function hostsOf(url: string): string[] {
  return (HOSTS.exec(url)?.[2] ?? '').split(',').filter(Boolean)
}

/** The same URL with this host instead of all of its own. */
export function atHost(url: string, host: string): string {
  return url.replace(HOSTS, (_all, before: string) => before + host)
}

/** `URL` knows one host only. */
function changed(url: string, change: (parsed: URL) => void): string {
  const hosts = hostsOf(url)
  const parsed = new URL(atHost(url, hosts[0] ?? ''))
  change(parsed)
  return atHost(parsed.href, hosts.join(','))
}

export function withUser(url: string, user: string, password: string): string {
  return changed(url, (parsed) => {
    parsed.username = user
    parsed.password = password
  })
}

export function withDatabase(url: string, name: string): string {
  return changed(url, (parsed) => {
    parsed.pathname = `/${encodeURIComponent(name)}`
  })
}

/** Without what stands behind the question mark. */
export function withoutParameters(url: string): string {
  return changed(url, (parsed) => {
    parsed.search = ''
  })
}

/** Empty when the URL names none. */
export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(atHost(url, 'host')).pathname.slice(1))
}

/** Throws a TypeError with a line for the person who wrote the URL. */
export function checkDatabaseUrl(url: string): void {
  for (const host of hostsOf(url)) if (!URL.canParse(`http://${host}`)) throw new TypeError(`"${host}" is no host and port`)
  if (hostsOf(url).length === 0) throw new TypeError('it names no host')
  databaseOf(url)
}
