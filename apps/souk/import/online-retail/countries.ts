/** Names of countries as the file writes them → ISO 3166-1 alpha-2. What is no country stays unknown. */
const CODES: Readonly<Record<string, string>> = {
  EIRE: 'IE',
  RSA: 'ZA',
  USA: 'US',
  Korea: 'KR',
  'West Indies': '',
  'European Community': '',
  Unspecified: '',
  // Jersey and Guernsey have codes of their own; which of them it was is not recorded
  'Channel Islands': '',
}

let byName: Map<string, string> | undefined

/** Empty where the name is not that of a country. */
export function countryCode(name: string): string {
  const text = name.trim()
  if (Object.hasOwn(CODES, text)) return CODES[text] as string
  byName ??= englishNames()
  return byName.get(text.toLowerCase()) ?? ''
}

function englishNames(): Map<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const found = new Map<string, string>([
    ['czech republic', 'CZ'],
    ['hong kong', 'HK'],
    ['great britain', 'GB'],
  ])
  for (const first of letters) {
    for (const second of letters) {
      const name = names.of(first + second)
      // later duplicates are withdrawn codes (UK, DD …)
      if (name && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), first + second)
    }
  }
  return found.set('united kingdom', 'GB').set('germany', 'DE').set('france', 'FR')
}
