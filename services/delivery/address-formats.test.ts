import { describe, expect, it } from 'vitest'
import { checkAddress, formatOf } from './address-formats.ts'
import { REGIONS } from './address-regions.ts'
import { anAddress } from './testing/address.ts'

type Changes = Parameters<typeof anAddress>[0]
const problemsOf = (changes: Changes) =>
  checkAddress(anAddress(changes)).problems.map(({ pointer, code }) => `${pointer} ${code}`)
const doubtsOf = (changes: Changes) => checkAddress(anAddress(changes)).doubts.map(({ pointer, code }) => `${pointer} ${code}`)
const written = (country: string, postalCode: string) => checkAddress(anAddress({ country, postalCode })).normalised.postalCode

describe('checking an address', () => {
  it('accepts postal codes as they are written in each country', () => {
    for (const [country, postalCode, region] of [
      ['DE', '10115'], ['GB', 'sw1a 1aa'], ['NL', '1012 JS'], ['US', '10001', 'NY'], ['CA', 'K1A 0B1', 'ON'], ['IN', '110001', 'Delhi'], ['PL', '00-001'],
    ] as const) {
      expect([country, problemsOf({ country, postalCode, ...(region ? { region } : {}) })]).toEqual([country, []])
    } // biome-ignore format: a table
  })

  it('names the field that is wrong, and how a postal code of the country looks', () => {
    expect(problemsOf({ postalCode: '1011' })).toEqual(['/postalCode postal-code-form'])
    expect(checkAddress(anAddress({ postalCode: '1011' })).problems[0]).toMatchObject({ example: '10115' })
    expect(problemsOf({ country: 'US', postalCode: '10001' })).toEqual(['/region region-missing'])
    expect(problemsOf({ line1: '  ' })).toEqual(['/line1 empty'])
  })

  it.each([
    ['GB', ' sw1a1aa ', 'SW1A 1AA'],
    ['NL', '1012js', '1012 JS'],
    ['PL', '00001', '00-001'],
    ['PT', '1000 001', '1000-001'],
    ['SE', 'SE-11122', '111 22'],
    ['CA', 'k1a0b1', 'K1A 0B1'],
    ['US', '100011234', '10001-1234'],
    ['JP', '1000001', '100-0001'],
    ['DE', 'D-10115', '10115'],
    ['AT', 'A-1010', '1010'],
    ['LU', 'L-1009', '1009'],
    ['FR', '75 001', '75001'],
    ['DE', 'D-1011', 'D-1011'],
  ])('writes a postal code of %s that was typed as %s as the post office does: %s', (country, typed, expected) => {
    expect(written(country, typed)).toBe(expected)
  })

  it('takes a postal code out of the town, where it stands a second time', () => {
    expect(checkAddress(anAddress({ city: '10115  Berlin' })).normalised.city).toBe('Berlin')
    expect(checkAddress(anAddress({ city: '10117 Berlin' })).normalised.city).toBe('10117 Berlin')
  })

  it('knows states by name and code, and refuses what is none', () => {
    const us = { country: 'US', postalCode: '94103', city: 'San Francisco' }
    expect(checkAddress(anAddress({ ...us, region: 'california' })).normalised.region).toBe('CA')
    expect(problemsOf({ ...us, region: 'Kalifornien' })).toEqual(['/region region-unknown'])
    expect(checkAddress(anAddress({ country: 'CA', postalCode: 'H2X 1Y4', region: 'Québec' })).normalised.region).toBe('QC')
  })

  it('doubts a postal code of another state, and a street without a number, but not a house with a name', () => {
    expect(doubtsOf({ country: 'US', postalCode: '10001', region: 'CA' })).toEqual(['/postalCode postal-code-elsewhere'])
    expect(doubtsOf({ country: 'CA', postalCode: 'K1A 0B1', region: 'BC' })).toEqual(['/postalCode postal-code-elsewhere'])
    expect(doubtsOf({ line1: 'Hauptstraße' })).toEqual(['/line1 house-number-missing'])
    expect(doubtsOf({ line1: 'Hauptstraße', line2: 'Haus 3' })).toEqual([])
    expect(doubtsOf({ country: 'GB', postalCode: 'SW1A 1AA', line1: 'Rose Cottage' })).toEqual([])
  })

  it('says when it knows no rules', () => {
    expect(checkAddress(anAddress({ country: 'TV', postalCode: 'whatever' }))).toMatchObject({
      checked: false,
      problems: [],
      doubts: [],
    })
    expect(formatOf('TV')).toBeUndefined()
    expect(formatOf('US')).toMatchObject({ postalCodeExample: '10001', regionNeeded: true })
  })

  it('has a name and postal codes for every region', () => {
    for (const [country, regions] of Object.entries(REGIONS))
      for (const region of regions) {
        expect([country, region.name !== '' && /^[A-Z0-9,-]+$/.test(region.postalCodes)]).toEqual([country, true])
      }
    expect(REGIONS['US']).toHaveLength(59)
  })

  it('S15: answers evil input at once', () => {
    const start = performance.now()
    checkAddress(anAddress({ line1: `${' '.repeat(199)}x`, postalCode: '1'.repeat(20) }))
    checkAddress(anAddress({ postalCode: `A-${'- '.repeat(9)}`, region: 'a'.repeat(120) }))
    expect(performance.now() - start).toBeLessThan(50)
  })
})
