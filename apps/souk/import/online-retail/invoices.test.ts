import { describe, expect, it } from 'vitest'
import { classify, type ClassifiedLine } from './classify.ts'
import { countryCode } from './countries.ts'
import { fingerprintOf, importedInvoice, refusalsOf } from './invoices.ts'
import { createSurveyor } from './survey.ts'

const now = Date.UTC(2026, 0, 1)
const fieldsOf = (text: string) => text.split(',')
const record = (text: string, line = 2) => ({ line, text, fields: fieldsOf(text) })
const lines = (...texts: string[]): ClassifiedLine[] => texts.map((text, index) => classify(record(text, index + 2), now))
const catalogue = {
  users: new Map([['17850', 'user-1']]),
  products: new Map([['85123A', { productId: 'product-1', variantId: 'variant-1' }]]),
}

const sale = '536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom'
const carriage = '536365,POST,POSTAGE,1,2010-12-01 08:27:00,18.00,17850.0,United Kingdom'
const discount = '536365,D,Discount,-1,2010-12-01 08:27:00,1.00,17850.0,United Kingdom'

describe('an invoice', () => {
  it('becomes one order with its carriage, and what else it holds stands beside it', () => {
    const invoice = importedInvoice(
      {
        reference: '536365',
        lines: lines(sale, sale, carriage, discount, sale.replace('2.55', '0'), sale.replace('2.55', '0.001')),
      },
      catalogue,
    )
    expect(invoice).toMatchObject({
      reference: '536365',
      at: '2010-12-01T08:26:00.000Z',
      customerId: 'user-1',
      shipping: 1800,
      items: [
        { sku: '85123A', productId: 'product-1', title: 'HEART', quantity: 6, unitPrice: 255 },
        { sku: '85123A', quantity: 6, unitPrice: 255 },
      ],
      entries: [{ kind: 'discount', amount: -100 }],
      notes: [{ fileLine: 6, sku: '85123A', quantity: 6 }],
      refusals: [{ fileLine: 7, reason: 'sub-penny-price', amount: '0.006' }],
      counts: { sale: 2, carriage: 1, fee: 1, return: 0, note: 1 },
    })
  })

  it('without goods books its carriage by itself', () => {
    expect(importedInvoice({ reference: '536365', lines: lines(carriage) }, catalogue)).toMatchObject({
      items: [],
      shipping: 0,
      entries: [{ kind: 'carriage', amount: 1800 }],
    })
  })

  it('that takes goods back has them as positive amounts of a credit', () => {
    const invoice = importedInvoice(
      { reference: 'C1', lines: lines('C1,85123A,HEART,-2,2010-12-05 10:00:00,2.55,17850.0,United Kingdom') },
      catalogue,
    )
    expect(invoice).toMatchObject({ items: [], returned: [{ sku: '85123A', quantity: 2, unitPrice: 255 }], customerId: 'user-1' })
  })

  it('belongs to one customer: a line that names another is refused, one that names nobody is not', () => {
    const invoice = importedInvoice(
      { reference: '536365', lines: lines(sale, sale.replace('17850.0', '12345.0'), sale.replace('17850.0', '')) },
      catalogue,
    )
    expect(invoice.items).toHaveLength(2)
    expect(invoice.refusals).toMatchObject([{ reason: 'other-customer', amount: '15.30' }])
  })

  it('is recognised whatever the order of its lines, and not mistaken for one with other lines', () => {
    const print = (...texts: string[]) => fingerprintOf({ reference: '1', lines: lines(...texts) })
    expect(print(sale, carriage)).toBe(print(carriage, sale))
    expect(print(sale, carriage)).not.toBe(print(sale, sale))
  })
})

describe('refused lines', () => {
  it('that say the same are told apart, and recognised in a second run', () => {
    const twice = () => refusalsOf(lines('bad,bad,bad,1,x,1,,', 'bad,bad,bad,1,x,1,,') as never).map(({ key }) => key)
    expect(new Set(twice()).size).toBe(2)
    expect(twice()).toEqual(twice())
  })
})

describe('the survey of a file', () => {
  const surveyed = (...texts: string[]) => {
    const surveyor = createSurveyor(now)
    for (const [index, text] of texts.entries()) surveyor.add(record(text, index + 2))
    return surveyor.result()
  }

  it('names a product as most of its lines do, and prices it month by month', () => {
    const { products, prices } = surveyed(
      sale,
      sale.replace('HEART', 'WRONG NAME').replace('2.55', '3.00'),
      sale,
      sale.replace('2010-12', '2011-01').replace('2.55', '2.95'),
      sale.replace('2010-12', '2011-02').replace('2.55', '2.95'),
    )
    expect(products).toMatchObject([{ sku: '85123A', title: 'HEART', at: Date.UTC(2010, 11, 1, 8, 26) }])
    expect(prices.map(({ amount, at }) => [amount, new Date(at).getUTCMonth()])).toEqual([
      [255n, 11],
      [295n, 0],
    ])
  })

  it('counts an invoice over the end of a month in both months', () => {
    const { parts, firstMonths } = surveyed(sale.replace('12-01 08', '12-31 23'), sale.replace('2010-12-01', '2011-01-01'))
    expect([...parts]).toEqual([
      ['536365@2010-12', 1],
      ['536365@2011-01', 1],
    ])
    expect(firstMonths.get('536365')).toBe('2010-12')
  })

  it('sums every month exactly, with what is refused', () => {
    const { months, refused } = surveyed(sale, sale.replace('2.55', '0.001'), 'nonsense,85123A,,2,no date,1.25,,')
    expect([...months].map(([month, { lines: count, amount }]) => [month, count, amount])).toEqual([
      ['', 1, { units: 250n, scale: 2 }],
      ['2010-12', 2, { units: 15306n, scale: 3 }],
    ])
    expect([...refused.keys()].sort()).toEqual(['bad-invoice', 'sub-penny-price'])
  })
})

describe('countries', () => {
  it('are known by the names the file uses', () => {
    expect(
      ['United Kingdom', 'EIRE', 'Germany', 'France', 'USA', 'Czech Republic', 'Hong Kong', 'RSA', 'Netherlands', 'Israel'].map(
        countryCode,
      ),
    ).toEqual(['GB', 'IE', 'DE', 'FR', 'US', 'CZ', 'HK', 'ZA', 'NL', 'IL'])
    expect(['Unspecified', 'European Community', 'Channel Islands', 'constructor', ''].map(countryCode)).toEqual([
      '',
      '',
      '',
      '',
      '',
    ])
  })
})
