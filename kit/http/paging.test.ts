import { expect, test } from 'vitest'
import { decodeCursor, descending, encodeCursor, keyset } from './paging.ts'

test('a cursor says the same again, in its own list only', () => {
  const cursor = encodeCursor(['2026-11-21 10:00:00.123456+00', 'ü"'], 'orders')
  expect(decodeCursor(cursor, 'orders', 2)).toEqual(['2026-11-21 10:00:00.123456+00', 'ü"'])
  expect(() => decodeCursor(cursor, 'carts', 2)).toThrow('The cursor was not issued by this list')
  expect(() => decodeCursor(cursor, 'orders', 3)).toThrow('The cursor was not issued by this list')
})

test('every changed character of a cursor is noticed', () => {
  const cursor = encodeCursor(['2026-11-21', 'abc'], 'orders')
  for (let index = 0; index < cursor.length; index += 1) {
    const changed = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`
    if (Buffer.from(changed, 'base64url').equals(Buffer.from(cursor, 'base64url'))) continue
    expect(() => decodeCursor(changed, 'orders', 2), String(index)).toThrow('The cursor was not issued by this list')
  }
  for (const garbage of ['', 'x', '%%%', 'e30', 'A'.repeat(900)])
    expect(() => decodeCursor(garbage, 'orders', 2)).toThrow('The cursor was not issued by this list')
})

test('a cursor does not survive a change of filter or order, but one of page size or fields', () => {
  const list = keyset({
    list: 'orders',
    id: { column: 'id', type: 'uuid' },
    sorts: { newest: descending('created_at', 'timestamptz'), total: descending('total', 'bigint') },
    initial: 'newest',
  })
  const rows = [1, 2, 3].map((n) => ({ id: n, cursor_value: String(n), cursor_id: String(n) }))
  const { next } = list.position({ limit: 2, status: 'PENDING' } as never).page(rows, (row) => row.id)
  expect(list.position({ limit: 50, cursor: next, status: 'PENDING', fields: 'id' } as never)).toBeDefined()
  for (const other of [{ status: 'SHIPPED' }, {}, { status: 'PENDING', sort: 'total' }]) {
    expect(() => list.position({ limit: 2, cursor: next, ...other } as never)).toThrow('The cursor was not issued by this list')
  }
})
