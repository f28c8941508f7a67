import type { Mutant } from './mutant.ts'

/** Guards of money, carts, accounts and the door that refuse what somebody tries. */
export const refusals: readonly Mutant[] = [
  {
    name: 'S5 any algorithm is accepted',
    file: 'kit/http/tokens.ts',
    search: "      algorithms: ['ES256'],\n",
    replace: '',
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S5 a token without an end is accepted',
    file: 'kit/http/tokens.ts',
    search: "['sub', 'sid', 'exp', 'iat'],",
    replace: "['sub', 'sid', 'iat'],",
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S5 an expired token is accepted',
    file: 'kit/http/tokens.ts',
    search: 'clockTolerance: SKEW_SECONDS,',
    replace: 'clockTolerance: 600,',
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S5 the key that a header brings is believed',
    file: 'kit/http/tokens.ts',
    search: '      if (!key) throw new jose.JWKSNoMatchingKey()\n',
    replace:
      "      const own = (header as { jwk?: object }).jwk\n      if (own) return (await import('jose')).importJWK(own as never, 'ES256') as never\n      if (!key) throw new jose.JWKSNoMatchingKey()\n",
    test: 'kit/http/tokens.test.ts',
  },
  {
    name: 'S33 a service tells in the name of another one',
    file: 'kit/messaging/own-events.ts',
    search: "= any ('{${allowed.join(',')}}'::text[])) not valid;",
    replace: "= any ('{${allowed.join(',')}}'::text[]) or true) not valid;",
    test: 'kit/messaging/own-events.int.test.ts',
  },
  {
    name: 'S33 a release that starts again takes events from the outbox of the one after it',
    file: 'kit/messaging/own-events.ts',
    search: 'new Set([...before, ...ownOf(owner)])',
    replace: 'new Set(ownOf(owner))',
    test: 'kit/messaging/own-events.int.test.ts',
  },
]
