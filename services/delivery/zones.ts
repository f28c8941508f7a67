export type Zone = 'home' | 'eu' | 'world'

/** Member states of the European Union (27, since 2020-02-01), ISO 3166-1 alpha-2. */
const EU = new Set('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '))

/** The zone of a destination as seen from the home country. Outside the EU every neighbour is the world. */
export function zoneOf(country: string, home: string): Zone {
  if (country === home) return 'home'
  return EU.has(country) && EU.has(home) ? 'eu' : 'world'
}
