import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seal, unseal } from './sealed.ts'

const key = randomBytes(32)
const secret = Buffer.from('whsec_very secret')

describe('a sealed secret', () => {
  it('opens with the same key for the same row', () => {
    expect(unseal(key, 'row 1', seal(key, 'row 1', secret))).toEqual(secret)
    expect(seal(key, 'row 1', secret)).not.toEqual(seal(key, 'row 1', secret))
  })

  it('opens for no other row, with no other key, and not when a bit has changed', () => {
    const sealed = seal(key, 'row 1', secret)
    expect(() => unseal(key, 'row 2', sealed)).toThrow()
    expect(() => unseal(randomBytes(32), 'row 1', sealed)).toThrow()
    for (const position of [0, 5, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed[position]! ^= 1
      expect(() => unseal(key, 'row 1', changed)).toThrow()
    }
  })
})
