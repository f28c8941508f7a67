import { describe, expect, it } from 'vitest'
import { amountOf, classify, type ClassifiedLine } from './classify.ts'
import { exactText } from './exact.ts'

const now = Date.UTC(2026, 0, 1)
const good = {
  invoice: '536365',
  code: '85123A',
  description: 'WHITE HANGING HEART',
  quantity: '6',
  date: '2010-12-01 08:26:00',
  price: '2.55',
  customer: '17850.0',
  country: 'United Kingdom',
}

function line(change: Partial<typeof good> = {}): ClassifiedLine {
  const { invoice, code, description, quantity, date, price, customer, country } = { ...good, ...change }
  const fields = [invoice, code, description, quantity, date, price, customer, country]
  return classify({ line: 7, text: fields.join(','), fields }, now)
}
const outcome = (change: Partial<typeof good>) => {
  const found = line(change)
  return found.kind === 'refused' ? found.reason : found.kind === 'fee' ? found.entry : found.kind
}

describe('what becomes of a line', () => {
  it('sells goods', () => {
    expect(line()).toMatchObject({
      kind: 'sale',
      invoice: '536365',
      code: '85123A',
      quantity: 6,
      price: 255n,
      customer: '17850',
      at: Date.UTC(2010, 11, 1, 8, 26),
    })
    expect(exactText(amountOf(line()))).toBe('15.30')
  })

  it('takes goods back on invoices that begin with C', () => {
    expect(line({ invoice: 'C536365', quantity: '-6' })).toMatchObject({ kind: 'return', quantity: 6, price: 255n })
    expect(exactText(amountOf(line({ invoice: 'c536365', quantity: '-6' })))).toBe('-15.30')
  })

  it.each([
    ['POST', 'carriage'],
    ['DOT', 'carriage'],
    ['C2', 'carriage'],
    ['D', 'discount'],
    ['M', 'manual'],
    ['m', 'manual'],
    ['S', 'sample'],
    ['B', 'bad-debt'],
    ['BANK CHARGES', 'bank-charges'],
    ['AMAZONFEE', 'marketplace-fee'],
    ['CRUK', 'donation'],
    ['PADS', 'accessory'],
    ['gift_0001_40', 'voucher'],
    ['ADJUST2', 'adjustment'],
  ])('books %s as %s, charged or credited', (code, entry) => {
    expect(outcome({ code })).toBe(entry)
    expect(outcome({ code, invoice: 'C1', quantity: '-1' })).toBe(entry)
  })

  it('takes codes with letters for products, in one spelling', () => {
    for (const code of ['DCGS0003', 'DCGSSBOY', '15056bl', '10002']) expect(outcome({ code })).toBe('sale')
    expect(line({ code: '15056bl ' })).toMatchObject({ code: '15056BL' })
  })

  it('books adjustments of either sign, whatever their code', () => {
    expect(line({ invoice: 'A563187', code: 'B', quantity: '1', price: '-11062.06', customer: '' })).toMatchObject({
      kind: 'fee',
      entry: 'bad-debt',
      amount: -1106206n,
    })
    expect(outcome({ invoice: 'A1', code: '85123A' })).toBe('adjustment')
  })

  it('keeps lines without a price as notes of the stock, without money', () => {
    expect(line({ price: '0.0', quantity: '-12', description: 'damaged' })).toMatchObject({
      kind: 'note',
      quantity: -12,
      description: 'damaged',
    })
    expect(exactText(amountOf(line({ price: '0' })))).toBe('0.00')
  })

  it.each([
    [{ price: '0.001' }, 'sub-penny-price', '0.006'],
    [{ price: '-2.55' }, 'negative-price', '-15.30'],
    [{ quantity: '-6' }, 'negative-quantity', '-15.30'],
    [{ invoice: 'C1' }, 'positive-return', '15.30'],
    [{ quantity: '0' }, 'zero-quantity', '0.00'],
    [{ quantity: 'six' }, 'bad-quantity', '0.00'],
    [{ quantity: '1.5' }, 'bad-quantity', '3.825'],
    [{ quantity: '' }, 'bad-quantity', '0.00'],
    [{ quantity: '80000000' }, 'absurd-quantity', '204000000.00'],
    [{ price: 'free' }, 'bad-price', '0.00'],
    [{ price: '' }, 'bad-price', '0.00'],
    [{ price: '99999999' }, 'absurd-price', '599999994.00'],
    [{ date: '2011-02-30 10:00:00' }, 'bad-date', '15.30'],
    [{ date: '12/1/2010 8:26' }, 'bad-date', '15.30'],
    [{ date: '2031-01-01 10:00:00' }, 'bad-date', '15.30'],
    [{ date: '' }, 'bad-date', '15.30'],
    [{ invoice: '' }, 'bad-invoice', '15.30'],
    [{ invoice: 'X536365' }, 'bad-invoice', '15.30'],
    [{ code: ' ' }, 'bad-code', '15.30'],
    [{ code: 'a\u0000b' }, 'bad-code', '15.30'],
    [{ code: 'x'.repeat(65) }, 'bad-code', '15.30'],
    [{ customer: '1'.repeat(41) }, 'bad-customer', '15.30'],
  ])('refuses %j as %s and knows the money in it', (change, reason, amount) => {
    const found = line(change)
    expect(found).toMatchObject({ kind: 'refused', reason, line: 7 })
    expect(exactText(amountOf(found))).toBe(amount)
  })

  it('makes a title of any description', () => {
    expect(line({ description: '  RECORD\n FRAME\t7" \u0000' })).toMatchObject({ description: 'RECORD FRAME 7"' })
  })
})
