import { describe, expect, it } from 'vitest'
import { SoukError } from '../../../../packages/client/src/errors.ts'
import type { ImportRow } from './columns.ts'
import { sendRows } from './send-rows.ts'

const row = (line: number, address: string, text = 'fine'): ImportRow => ({ line, cells: { address, 'title.en': text } })

/** A shop that takes no request with a card number in it, and says where it stands. */
async function send(rows: readonly ImportRow[]) {
  const at = rows.findIndex(({ cells }) => cells['title.en'] === '4111111111111111')
  if (at >= 0) {
    const errors = [{ pointer: `/rows/${at}/cells/title.en`, message: 'looks like a card number' }]
    throw new SoukError({ code: 'http/card-number', status: 400, title: '', detail: '', errors }, new Headers())
  }
  return rows.map(({ line }) => ({ lines: [line], id: 'new', title: '', outcome: 'created' as const, problems: [] }))
}

describe('the rows of a file', () => {
  it('come in also where one cell makes the shop refuse all of them: its product is left out, at its line', async () => {
    const rows = [
      row(2, 'cup'),
      row(3, 'mug'),
      row(4, 'mug', '4111111111111111'),
      row(5, 'jug'),
      row(6, 'pot', '4111111111111111'),
    ]
    const outcomes = await sendRows(rows, send)
    expect(outcomes.map(({ lines, outcome }) => [lines, outcome])).toEqual([
      [[3, 4], 'refused'],
      [[6], 'refused'],
      [[2], 'created'],
      [[5], 'created'],
    ])
    expect(outcomes[0]?.problems).toMatchObject([{ line: 4, column: 'title.en', message: 'looks like a card number' }])
  })

  it('stop where no row is at fault', async () => {
    const away = async () => await Promise.reject(new SoukError({ code: 'x', status: 403, title: '', detail: '' }, new Headers()))
    await expect(sendRows([row(2, 'cup')], away)).rejects.toThrow(SoukError)
  })
})
