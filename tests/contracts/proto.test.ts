import { readdir, readFile } from 'node:fs/promises'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { closed } from '#kit/messaging/event.ts'
import { codecOf } from '#kit/rpc/grpc/contract-codec.ts'
import { protoOf } from '#kit/rpc/grpc/descriptors.ts'
import { protoText } from '#kit/rpc/grpc/proto-text.ts'
import { defineRpc, method, type RpcContract } from '#kit/rpc/rpc.ts'
import { protoFiles } from '../../apps/souk/reference/proto-files.ts'

const root = new URL('../../', import.meta.url)

describe('the published protocol files', async () => {
  const files = await protoFiles(root)

  it('are what the contracts say', async () => {
    const stale: string[] = []
    for (const [path, text] of files) if ((await readFile(new URL(path, root), 'utf8').catch(() => '')) !== text) stale.push(path)
    expect(stale, 'run `npm run docs` and commit contracts/rpc').toEqual([])
    const found = (await readdir(new URL('contracts/rpc/', root))).filter((name) => name.endsWith('.proto'))
    expect(found.map((name) => `contracts/rpc/${name}`).filter((path) => !files.has(path))).toEqual([])
  })
})

describe('a contract that changes', () => {
  const cake = (fields: Parameters<typeof closed>[0]) => defineRpc('cakes', { bake: method(closed(fields), closed({})) })
  const first = protoText(protoOf(cake({ flour: Type.String(), eggs: Type.Integer() })))

  it('keeps the number of every field that stays, and gives a new one the next', () => {
    const text = protoText(protoOf(cake({ sugar: Type.Integer(), eggs: Type.Integer(), flour: Type.String() }), first))
    expect(text).toContain('int64 sugar = 3;')
    expect(text).toContain('int64 eggs = 2;')
    expect(text).toContain('string flour = 1;')
  })

  it('never uses the number of a removed field again', () => {
    const without = protoText(protoOf(cake({ flour: Type.String() }), first))
    expect(without).toContain('reserved 2;')
    expect(protoText(protoOf(cake({ flour: Type.String(), milk: Type.Integer() }), without))).toContain('int64 milk = 3;')
  })
})

describe('a value that travels', () => {
  const word = Type.Literal
  const address = closed({ city: Type.String(), phone: Type.Optional(Type.String()) })
  const orNull = <S extends Type.TSchema>(schema: S) => Type.Union([schema, Type.Null()])
  const travel = (schema: Type.TSchema, value: unknown) => {
    const contract: RpcContract = defineRpc(`travel`, { go: method(closed({}), schema) })
    const codec = codecOf(contract, undefined).methods.get('go')!
    return codec.outputOf(codec.responseOf(value))
  }
  it.each([
    [
      'zero, the empty text and no',
      closed({ a: Type.Integer(), b: Type.String(), c: Type.Boolean() }),
      { a: 0, b: '', c: false },
    ],
    ['large sums and negative ones', closed({ a: Type.Integer(), b: Type.Integer() }), { a: Number.MAX_SAFE_INTEGER, b: -1995 }],
    ['null and absence', closed({ a: orNull(Type.String()), b: Type.Optional(Type.String()) }), { a: null }],
    ['null beside absence', closed({ a: Type.Optional(orNull(Type.String())) }), { a: null }],
    ['absence beside null', closed({ a: Type.Optional(orNull(Type.String())) }), {}],
    ['an object, or none', orNull(address), null],
    ['an object where there may be none', orNull(address), { city: 'Fes' }],
    ['lists, empty and full', closed({ a: Type.Array(address), b: Type.Array(Type.Integer()) }), { a: [], b: [3, 0] }],
    ['maps', closed({ a: Type.Record(Type.String(), Type.Integer()) }), { a: { x: 1, y: 0 } }],
    ['anything', closed({ a: Type.Array(Type.Record(Type.String(), Type.Unknown())) }), { a: [{ x: [1, 'a', null], y: {} }] }],
    [
      'one of several, told apart by a word',
      Type.Union([closed({ is: word('none') }), closed({ is: word('some'), left: Type.Integer() })]),
      { is: 'some', left: 0 },
    ],
    [
      'one of several, told apart by what is there',
      Type.Union([closed({ token: Type.String() }), closed({ mfa: word(true), code: Type.String() })]),
      { mfa: true, code: 'x' },
    ],
    ['signs of all languages', closed({ a: Type.String() }), { a: 'Grüße 你好 🐪\n' }],
  ])('arrives as it was sent: %s', (_what, schema, value) => {
    expect(travel(schema, value)).toEqual(value)
  })
})
