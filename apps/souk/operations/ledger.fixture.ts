import Type from 'typebox'
import { on } from '#kit/messaging/bus.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'
import { defineProcessContract } from '#kit/process/contract.ts'
import { defineProcess } from '#kit/process/process.ts'
import { defineService } from '#kit/service/service.ts'

export const Sold = defineEvent(
  'Sold.v1',
  'sale',
  'saleId',
  'Something was sold.',
  closed({ saleId: Type.String(), n: Type.Integer() }),
)
const deliver = defineProcessContract('deliver', 'ledger', { input: Type.Object({}), result: Type.Object({}) })
export const deliverProcess = defineProcess({
  contract: deliver,
  start: () => [{ type: 'delivering' }, [{ type: 'CallVan' as const }]],
  react: () => [{ type: 'delivered' }, []],
  result: () => ({}),
  done: (state: { type: string }) => state.type === 'delivered',
  durable: () => true,
  deadlineSeconds: () => 600,
  needs: {},
  perform: () => ({ CallVan: async () => ({ type: 'van-called' }) }),
  listens: [],
})

/** sales that cannot be booked as long as they are in here */
export const poisoned = new Set<string>()
let closings = 0
export const ledger = defineService({
  name: 'ledger',
  port: 9999,
  kind: 'model',
  summary: 'Books sales.',
  create: () => ({}),
  publishes: [Sold],
  jobs: () => [
    {
      name: 'close-the-books',
      everySeconds: 86_400,
      run: async () => {
        closings += 1
        if (closings === 1) throw new Error('a page is missing: ask ann@example.com')
      },
    },
  ],
  reactions: () => [
    on(Sold, async ({ data }) => {
      if (poisoned.has(data.saleId)) throw new Error(`no account for sale ${data.n}`)
    }),
  ],
})
