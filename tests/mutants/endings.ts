import type { Mutant } from './mutant.ts'

/** Guards of how something ends: a stop in the middle of work, a hold before its money. */
export const endings: readonly Mutant[] = [
  {
    name: 'I29 who waits at the door when the shop stops is cut off',
    file: 'kit/http/leave-nobody.ts',
    search: 'letIn(accepted + QUEUE, performance.now() + graceMs / 2, () => {',
    replace: 'letIn(0, 0, () => {',
    test: 'kit/http/leave-nobody.test.ts',
  },
  {
    name: 'I29 who is answered slowly is cut off when the shop stops',
    file: 'kit/http/leave-nobody.ts',
    search: '!(owed(asked) && asked.request.complete) && socket.destroy()',
    replace: 'socket.destroy()',
    test: 'kit/http/connections.test.ts',
  },
  {
    name: 'I29 who dawdles with a body holds up the stop',
    file: 'kit/http/leave-nobody.ts',
    search: '!(owed(asked) && asked.request.complete) && socket.destroy()',
    replace: '!owed(asked) && socket.destroy()',
    test: 'kit/http/connections.test.ts',
  },
  {
    name: 'I29 who is still waiting when the time of a stop is over hears nothing',
    file: 'kit/http/leave-nobody.ts',
    search: '(owed(asked) ? turnAway(socket, asked.response) : socket.destroy())',
    replace: 'socket.destroy()',
    test: 'kit/http/connections.test.ts',
  },
  {
    name: 'I5 goods that went to somebody else are sent all the same',
    file: 'processes/checkout/checkout.ts',
    search: "return happening.type === 'stock-expired' ? giveUp(state.order, 'reservation-expired', null) : stay",
    replace: "return happening.type === 'stock-expired' ? ship(state.order) : stay",
    test: 'processes/checkout',
  },
  {
    name: 'a rebuild that is told to stop compares both sides to their end',
    file: 'services/search/rebuild.ts',
    search: 'behind !== null && !signal.aborted; )',
    replace: 'behind !== null; )',
    test: 'services/search/stop.int.test.ts',
  },
  {
    name: 'a rebuild that is told to stop exchanges sides it has not compared',
    file: 'services/search/rebuild.ts',
    search: 'as full as it was.\n  if (signal.aborted) return\n',
    replace: 'as full as it was.\n',
    test: 'services/search/stop.int.test.ts',
  },
  {
    name: 'who is told to stop marks all best-selling products first',
    file: 'services/search/levels.ts',
    search: 'while (after !== null && !signal.aborted)',
    replace: 'while (after !== null)',
    test: 'services/search/stop.int.test.ts',
  },
]
