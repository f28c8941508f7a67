import type { Mutant } from './mutant.ts'

/** Guards of what nobody may keep: card numbers, and who somebody is. */
export const personalData: readonly Mutant[] = [
  {
    name: 'S29 what somebody types into search is kept, whatever it is',
    file: 'services/search/routes/search.ts',
    search: "        if (isPersonal(query.q ?? '')) return new Reply(answer, { cache: false })\n",
    replace: '',
    test: 'services/search/operators.int.test.ts',
  },
  {
    name: 'S29 what somebody chose after typing an address is kept with it',
    file: 'services/search/routes/log.ts',
    search: '        if (isPersonal(body.q)) return\n',
    replace: '',
    test: 'services/search/operators.int.test.ts',
  },
  {
    name: 'S29 a message of a payment company keeps a card number',
    file: 'services/payments/commands/receive-message.ts',
    search: "const kept = maskCardNumbers(text, [told.key ?? '', told.reference])",
    replace: 'const kept = text',
    test: 'services/payments/messages.int.test.ts',
  },
  {
    name: 'saved views of others are seen',
    file: 'services/users/saved-views.ts',
    search: 'from saved_views where user_id = ${userId} ${some}',
    replace: 'from saved_views where ${userId} <> list ${some}',
    test: 'services/users/views.int.test.ts',
  },
  {
    name: 'saved views of others are forgotten',
    file: 'services/users/saved-views.ts',
    search: 'delete from saved_views where user_id = ${userId} and list',
    replace: 'delete from saved_views where ${userId} <> list and list',
    test: 'services/users/views.int.test.ts',
  },
  {
    name: 'S29 the address of a parcel stays although its customer asked to be forgotten',
    file: 'services/delivery/jobs/erase-addresses.ts',
    search:
      '(select a.shipment_id from shipment_addresses a where a.erase_when_finished and a.finished_at is not null limit ${BATCH})',
    replace: '(select a.shipment_id from shipment_addresses a where false limit ${BATCH})',
    test: 'services/delivery/changes.int.test.ts',
  },
]
