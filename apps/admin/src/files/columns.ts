/** What a column of a file can become; the shop decides whether it exists (attributes, languages). */
export interface Target {
  readonly value: string
  readonly label: string
}

const PLAIN: readonly Target[] = [
  { value: 'sku', label: 'SKU' },
  { value: 'address', label: 'address of the product' },
  { value: 'status', label: 'status (draft, active)' },
  { value: 'brand', label: 'brand' },
  { value: 'categories', label: 'categories (addresses, with commas)' },
  { value: 'tags', label: 'tags (with commas)' },
  { value: 'price', label: 'price' },
  { value: 'weight', label: 'weight in grams' },
  { value: 'barcode', label: 'barcode' },
  { value: 'tax-class', label: 'tax class' },
]

interface Known {
  readonly languages: readonly string[]
  readonly attributes: readonly { readonly key: string }[]
}

/** Everything a column may be mapped to, besides options, which the file names itself. */
export const targetsOf = ({ languages, attributes }: Known): Target[] => [
  ...PLAIN,
  ...languages.flatMap((language) => [
    { value: `title.${language}`, label: `title, ${language}` },
    { value: `description.${language}`, label: `description, ${language}` },
  ]),
  ...attributes.map(({ key }) => ({ value: `attribute.${key}`, label: `attribute ${key}` })),
]

/** What other shops call these columns, in small letters without anything but letters and digits. */
const ALIASES: Readonly<Record<string, string>> = {
  handle: 'address',
  slug: 'address',
  urlkey: 'address',
  title: 'title.en',
  name: 'title.en',
  productname: 'title.en',
  bodyhtml: 'description.en',
  body: 'description.en',
  description: 'description.en',
  vendor: 'brand',
  manufacturer: 'brand',
  category: 'categories',
  variantsku: 'sku',
  articlenumber: 'sku',
  artikelnummer: 'sku',
  variantprice: 'price',
  preis: 'price',
  variantgrams: 'weight',
  weightgrams: 'weight',
  gewicht: 'weight',
  variantbarcode: 'barcode',
  ean: 'barcode',
  gtin: 'barcode',
  titel: 'title.de',
  beschreibung: 'description.de',
  marke: 'brand',
  hersteller: 'brand',
  kategorie: 'categories',
}

/** A guess for every column of the file: its own name, or what others call it; '': left out. Nothing is guessed twice. */
export function guessed(names: readonly string[], targets: readonly Target[]): string[] {
  const values = new Set(targets.map(({ value }) => value))
  const inSmall = new Map(targets.map(({ value }) => [value.toLowerCase(), value]))
  const taken = new Set<string>()
  return names.map((name) => {
    const exact = name.trim()
    const plain = exact.toLowerCase()
    const own =
      // keys of attributes may have capitals: as the shop writes them first, as somebody else typed them then
      values.has(exact) || /^(attribute|variant)\../.test(exact)
        ? exact
        : /^option\.[a-z0-9]+([-_][a-z0-9]+)*$/.test(plain)
          ? plain
          : (inSmall.get(plain) ?? ALIASES[plain.replace(/[^\p{L}\d]/gu, '')])
    if (own === undefined || taken.has(own)) return ''
    taken.add(own)
    return own
  })
}

export interface ImportRow {
  readonly line: number
  readonly cells: Readonly<Record<string, string>>
}

/** Rows of the file as the shop reads them: mapped columns with something in them. `names` stand in line 1. */
export function rowsOf(records: readonly (readonly string[])[], mapping: readonly string[]): ImportRow[] {
  return records.flatMap((record, index) => {
    const cells = Object.fromEntries(
      mapping.flatMap((target, at) => {
        const text = record[at] ?? ''
        return target !== '' && text.trim() !== '' ? [[target, text] as const] : []
      }),
    )
    return Object.keys(cells).length > 0 ? [{ line: index + 2, cells }] : []
  })
}

/** As much as one request takes. */
const MOST_ROWS = 200
const MOST_BYTES = 700_000
/** One request is one transaction: small enough that nobody waits for its locks. */
const MOST_PRODUCTS = 25

export interface Portions {
  readonly portions: readonly (readonly ImportRow[])[]
  /** products that no request can take */
  readonly tooLarge: readonly (readonly ImportRow[])[]
}

/** The rows of one product, which follow each other with the same address. */
export function productsOf(rows: readonly ImportRow[]): ImportRow[][] {
  const groups: ImportRow[][] = []
  for (const row of rows) {
    const before = groups.at(-1)?.at(-1)
    const address = row.cells['address']?.trim()
    if (address !== undefined && before?.cells['address']?.trim() === address) groups.at(-1)?.push(row)
    else groups.push([row])
  }
  return groups
}

/** Rows in the portions they are sent in: the rows of one product stay together. */
export function portionsOf(rows: readonly ImportRow[]): Portions {
  const portions: ImportRow[][] = []
  const tooLarge: ImportRow[][] = []
  let [products, bytes] = [0, 0]
  for (const group of productsOf(rows)) {
    const size = sizeOf(group)
    if (group.length > MOST_ROWS || size > MOST_BYTES) {
      tooLarge.push(group)
      continue
    }
    const last = portions.at(-1)
    if (last && products < MOST_PRODUCTS && last.length + group.length <= MOST_ROWS && bytes + size <= MOST_BYTES) {
      last.push(...group)
      ;[products, bytes] = [products + 1, bytes + size]
    } else {
      portions.push([...group])
      ;[products, bytes] = [1, size]
    }
  }
  return { portions, tooLarge }
}

const encoder = new TextEncoder()
const sizeOf = (rows: readonly ImportRow[]): number => encoder.encode(JSON.stringify(rows)).length

/** What letters beyond ASCII look like when UTF-8 is read as Windows-1252: `Ã¤`, `â‚¬`. */
const UTF8_MISREAD = /[ÂÃ][^\0-\x7f]|â[^\0-\x7f]{2}/

/**
 * The words of a file: UTF-8, or what older spreadsheets write where it is none (`guessed`: look at the letters). Throws RangeError where it is
 * UTF-8 with something broken in it, which would bring in wrong letters everywhere.
 */
export function textOf(bytes: ArrayBuffer): { readonly text: string; readonly guessed: boolean } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), guessed: false }
  } catch {
    const text = new TextDecoder('windows-1252').decode(bytes)
    if (UTF8_MISREAD.test(text)) throw new RangeError('Some letters of the file are broken. Save it as CSV in UTF-8 again.')
    return { text, guessed: true }
  }
}
