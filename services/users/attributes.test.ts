import { expect, test } from 'vitest'
import { type AttributeDefinition, changeAttributes, visibleAttributes } from './attributes.ts'

const definitions: AttributeDefinition[] = [
  { key: 'shoe_size', label: 'Shoe size', type: 'number', choices: [], customerEditable: true },
  { key: 'tier', label: 'Tier', type: 'choice', choices: ['gold', 'silver'], customerEditable: false },
  { key: 'vegan', label: 'Vegan', type: 'boolean', choices: [], customerEditable: true },
  { key: 'nickname', label: 'Nickname', type: 'text', choices: [], customerEditable: true },
]

test('given attributes are set, null removes, the others stay', () => {
  expect(changeAttributes({ shoe_size: 41, vegan: true }, { vegan: null, nickname: 'Annie' }, definitions, 'customer')).toEqual({
    shoe_size: 41,
    nickname: 'Annie',
  })
})

test.each([
  [{ shoe_size: '41' }, '/attributes/shoe_size'],
  [{ vegan: 1 }, '/attributes/vegan'],
  [{ nickname: true }, '/attributes/nickname'],
  [{ colour: 'red' }, '/attributes/colour'],
  [{ constructor: 'x' }, '/attributes/constructor'],
])('a value of the wrong kind or an unknown attribute is refused: %j', (change, pointer) => {
  expect(() => changeAttributes({}, change, definitions, 'staff')).toThrow(
    expect.objectContaining({ code: 'users/invalid-attribute', fields: [expect.objectContaining({ pointer })] }),
  )
})

test('staff attributes do not exist for the customer', () => {
  expect(() => changeAttributes({}, { tier: 'gold' }, definitions, 'customer')).toThrow(
    expect.objectContaining({ code: 'users/invalid-attribute' }),
  )
  expect(changeAttributes({}, { tier: 'gold' }, definitions, 'staff')).toEqual({ tier: 'gold' })
  expect(() => changeAttributes({}, { tier: 'bronze' }, definitions, 'staff')).toThrow()
  expect(visibleAttributes({ tier: 'gold', vegan: true }, definitions, 'customer')).toEqual({ vegan: true })
  expect(visibleAttributes({ tier: 'gold', vegan: true }, definitions, 'staff')).toEqual({ tier: 'gold', vegan: true })
})

test('a change by the customer keeps what only staff see', () => {
  expect(changeAttributes({ tier: 'gold' }, { vegan: true }, definitions, 'customer')).toEqual({ tier: 'gold', vegan: true })
})
