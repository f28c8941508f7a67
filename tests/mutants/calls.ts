import type { Mutant } from './mutant.ts'

const rpc = 'kit/rpc'
const deadlines = `${rpc}/deadlines.test.ts`

/** Guards of the calls between services. */
export const callGuards: readonly Mutant[] = [
  {
    name: 'calls: a service behind a service has more time than the caller',
    file: `${rpc}/unavailable.ts`,
    search: 'Math.min(left ?? Number.POSITIVE_INFINITY, call.deadline',
    replace: 'Math.min(call.deadline',
    test: deadlines,
  },
  {
    name: 'calls: somebody is asked for whom nobody waits',
    file: `${rpc}/unavailable.ts`,
    search: 'if (deadline <= Date.now()) throw',
    replace: 'if (deadline < 0) throw',
    test: deadlines,
  },
  {
    name: 'calls: the limit of the caller is not told to another process',
    file: `${rpc}/grpc/client.ts`,
    search: 'Math.min(patience, context.deadline ?? patience)',
    replace: 'patience',
    test: deadlines,
  },
  {
    name: 'calls: a long limit of the caller replaces that of a call',
    file: `${rpc}/grpc/client.ts`,
    search: 'Math.min(patience, context.deadline ?? patience)',
    replace: 'context.deadline ?? patience',
    test: deadlines,
  },
  {
    name: 'calls: the limit of the caller is not told with a stream',
    file: `${rpc}/grpc/client.ts`,
    search: 'context.deadline === undefined ? undefined : Math.max(1, context.deadline - Date.now())',
    replace: 'undefined',
    test: deadlines,
  },
  {
    name: 'calls: what another process said of the time left is forgotten by the work',
    file: `${rpc}/grpc/server.ts`,
    search: 'await until(deadline!, () => inSpan(span, start as () => Promise<unknown>), work)',
    replace: 'await withContext({ ...work, deadline: undefined }, () => inSpan(span, start as () => Promise<unknown>))',
    test: deadlines,
  },
  {
    name: 'calls: a request asks others without saying how long it waits',
    file: 'kit/http/app.ts',
    search: 'deps : { ...deps, patienceMs }',
    replace: 'deps : deps',
    test: deadlines,
  },
  {
    name: 'calls: what goes on after an answer is refused for want of time',
    file: 'kit/http/execute.ts',
    search: '      (answer) => {\n        if (deadline) deadline.over = true',
    replace: '      (answer) => {',
    test: deadlines,
  },
  {
    name: 'calls: a token for one service opens the others of the process',
    file: `${rpc}/grpc/server.ts`,
    search: 'if (!meantFor(caller, service)) throw',
    replace: 'if (false) throw',
    test: `${rpc}/grpc/grpc.test.ts`,
  },
  {
    name: 'calls: a token for one service opens addresses of the others of the process',
    file: 'kit/http/policy.ts',
    search: 'if (!meantFor(principal, service)) return errors.invalidToken()',
    replace: '',
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'calls: a reaction that was given up goes on asking',
    file: 'kit/messaging/consumer-batch.ts',
    search: 'until(Date.now() + parts.handlerTimeoutMs, work, context)',
    replace: 'until(Number.POSITIVE_INFINITY, work, context)',
    test: 'kit/messaging/consumer.int.test.ts',
  },
]
