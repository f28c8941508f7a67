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
    name: 'S29 the address of a parcel is kept for ever',
    file: 'services/delivery/jobs/erase-addresses.ts',
    search: "s.updated_at <= now() - ${days} * interval '1 day'`",
    replace: "s.updated_at <= now() - ${days} * interval '1 year'`",
    test: 'services/delivery/changes.int.test.ts',
  },
  {
    name: 'S29 the address of a parcel is forgotten as soon as it has arrived',
    file: 'services/delivery/jobs/erase-addresses.ts',
    search: " and s.updated_at <= now() - ${days} * interval '1 day'`",
    replace: ' and ${days} >= 0`',
    test: 'services/delivery/changes.int.test.ts',
  },
  {
    name: 'S29 the address of a parcel stays although its customer asked to be forgotten',
    file: 'services/delivery/jobs/erase-addresses.ts',
    search: 'where a.erase_when_finished and ${finished(sql)}',
    replace: 'where false and ${finished(sql)}',
    test: 'services/delivery/changes.int.test.ts',
  },
]
