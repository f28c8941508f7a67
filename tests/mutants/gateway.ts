import type { Mutant } from './mutant.ts'

const forward = 'kit/http/forward'
const gateway = 'services/gateway'

/** Guards of the door before services in other processes. */
export const gatewayGuards: readonly Mutant[] = [
  {
    name: 'gateway: a POST without a key is sent twice',
    file: `${forward}/retry-budget.ts`,
    search: 'return SAFE.has(method) ||',
    replace: 'return true ||',
    test: `${forward}/failures.test.ts`,
  },
  {
    name: 'gateway: what broke on an open connection counts as never sent',
    file: `${forward}/attempt.ts`,
    search: "(syscall === 'connect' && NOBODY_THERE.has(code))",
    replace: 'NOBODY_THERE.has(code)',
    test: `${forward}/attempt.test.ts`,
  },
  {
    name: 'gateway: second attempts cost nothing',
    file: `${forward}/retry-budget.ts`,
    search: 'if (this.#tokens < 1) return false',
    replace: '',
    test: `${forward}/failures.test.ts`,
  },
  {
    name: 'gateway: the service is asked again after it has said no',
    file: `${forward}/attempt.ts`,
    search: ' || saysSoItself(answer)',
    replace: '',
    test: `${forward}/failures.test.ts`,
  },
  {
    name: 'gateway: what a caller says about itself goes on',
    file: `${forward}/headers.ts`,
    search: ' || OURS.test(name)',
    replace: '',
    test: `${forward}/forwarder.test.ts`,
  },
  {
    name: 'gateway: anybody may vouch for a client',
    file: `${forward}/vouch.ts`,
    search: 'return given.length === expected.length && timingSafeEqual(given, expected) ? client : undefined',
    replace: 'return client',
    test: `${forward}/vouch.test.ts kit/http/edge.test.ts`,
  },
  {
    name: 'gateway: internal routes of other processes are mounted',
    file: 'kit/http/app.ts',
    search: "service.routes.filter(({ spec }) => spec.access.kind !== 'internal')",
    replace: 'service.routes',
    test: `${forward}/forwarder.test.ts`,
  },
  {
    name: 'gateway: dots in a path go on',
    file: `${forward}/forwarder.ts`,
    search: 'if (CLIMBS.test(pathOf(request.url))) throw errors.malformedRequest()',
    replace: '',
    test: `${forward}/forwarder.test.ts`,
  },
  {
    name: 'gateway: streamed bodies have no limit',
    file: `${forward}/body.ts`,
    search: 'if (bytes > limit) done(errors.tooLarge())',
    replace: 'if (false) done(errors.tooLarge())',
    test: `${forward}/forwarder.test.ts`,
  },
  {
    name: 'gateway: callers change versions from request to request',
    file: `${forward}/forwarder.ts`,
    search: "caller: principal.kind === 'user' ? principal.id : clientOfAddress(request.ip)",
    replace: 'caller: String(Math.random())',
    test: `${forward}/forwarder.test.ts`,
  },
  {
    name: 'gateway: requests may be made to fail from afar',
    file: `${gateway}/routes/faults.ts`,
    search: 'LOOPBACK.test(ip) ?',
    replace: 'true ?',
    test: gateway,
  },
  {
    name: 'gateway: requests may be made to fail in production',
    file: `${gateway}/deps.ts`,
    search: " && kit.environment !== 'production'",
    replace: '',
    test: gateway,
  },
  {
    name: 'gateway: of two who shift traffic at once both believe they did',
    file: `${gateway}/traffic.ts`,
    search: 'or coalesce(max(c.version), 0) = ${expected}::int',
    replace: 'or true',
    test: gateway,
  },
  {
    name: 'gateway: who shifted traffic can be rewritten',
    file: `${gateway}/migrations/001_gateway.sql`,
    search: 'revoke update, delete, truncate on traffic_changes',
    replace: '-- revoke',
    test: gateway,
  },
  {
    name: 'gateway: a WebSocket behind a proxy is of the proxy',
    file: `${forward}/upgrades.ts`,
    search: 'clientReader(options.trusted)',
    replace: 'clientReader(false)',
    test: `${forward}/sockets-and-streams.test.ts`,
  },
  {
    name: 'gateway: whoever opens a WebSocket says which client it is',
    file: `${forward}/seen-client.ts`,
    search: 'if (!trusts(direct, 0)) return { ip: direct, ...own }',
    replace: 'if (trusted === false) return { ip: direct, ...own }',
    test: `${forward}/sockets-and-streams.test.ts`,
  },
  {
    name: 'gateway: a delay on purpose does not delay',
    file: 'kit/http/faults.ts',
    search: 'if (fault.delayMs) setTimeout(proceed, fault.delayMs)\n    else proceed()',
    replace: 'proceed()',
    test: 'kit/http/faults.test.ts',
  },
]
