import type { Mutant } from './mutant.ts'

const auth = 'services/auth'
const made = `${auth}/api-keys.int.test.ts`
const door = 'apps/souk/platform/api-keys.ts'
const shown = 'apps/souk/platform/api-keys.test.ts'

/** Guards of what programs may do with the keys that staff make for them. */
export const apiKeyGuards: readonly Mutant[] = [
  {
    name: 'S5 staff make an API key that may do more than they may',
    file: `${auth}/commands/govern-api-keys.ts`,
    search: '!maker || heldBy(maker.roles, permissions).length < permissions.length',
    replace: '!maker',
    test: made,
  },
  {
    name: 'S5 an API key can give roles and make other keys',
    file: `${auth}/roles.ts`,
    search: ' && !OF_PEOPLE.has(permission)',
    replace: '',
    test: made,
  },
  {
    name: 'S5 an API key keeps what its maker lost',
    file: `${auth}/queries/accepted-api-keys.ts`,
    search: 'heldBy(roles, permissions)',
    replace: 'roles.length > 0 ? permissions : heldBy(roles, permissions)',
    test: made,
  },
  {
    name: 'S5 the API key of somebody who is locked out is accepted',
    file: `${auth}/queries/accepted-api-keys.ts`,
    search: ' and a.disabled_at is null',
    replace: '',
    test: made,
  },
  {
    name: 'S5 a revoked API key stays in the list of accepted ones',
    file: `${auth}/queries/accepted-api-keys.ts`,
    search: 'k.revoked_at is null and ',
    replace: '',
    test: made,
  },
  {
    name: 'S5 an API key is made with a session alone',
    file: `${auth}/routes/api-keys.ts`,
    search: '      await requireOwner(deps, ownerProof(user, body, ip))\n',
    replace: '      if (ip === body.name) await requireOwner(deps, ownerProof(user, body, ip))\n',
    test: made,
  },
  {
    name: 'S5 staff revoke an API key that may do more than they may',
    file: `${auth}/commands/govern-api-keys.ts`,
    search: 'userId !== by.id && !permissions.every((permission) => may(by, permission))',
    replace: "userId === '' && !permissions.every((permission) => may(by, permission))",
    test: made,
  },
  {
    name: 'S5 an API key with a wrong secret is accepted',
    file: door,
    search: '!known || !right ||',
    replace: '!known || (!right && key.length === 0) ||',
    test: shown,
  },
  {
    name: 'S5 an API key is accepted after its end',
    file: door,
    search: ' || known.until <= Date.now()',
    replace: '',
    test: shown,
  },
  {
    name: 'S5 a revoked API key is accepted until the list is read again',
    file: door,
    search: '    keys.delete(keyId)\n    changed.add(keyId)\n',
    replace: '    if (keyId === undefined) changed.add(keyId)\n',
    test: shown,
  },
  {
    name: 'S5 the list of API keys is believed for longer than five seconds',
    file: door,
    search: 'keys.has(keyId) ? GOOD_MS : UNKNOWN_MS',
    replace: 'keys.has(keyId) ? WITHOUT_AUTH_MS : UNKNOWN_MS',
    test: shown,
  },
  {
    name: 'S5 a list that was read before an API key was revoked brings it back',
    file: door,
    search: '      for (const keyId of changed) keys.delete(keyId)\n',
    replace: '      changed.clear()\n',
    test: shown,
  },
  {
    name: 'S5 API keys are believed for ever while auth is away',
    file: door,
    search: 'now() - readAt >= WITHOUT_AUTH_MS || ',
    replace: '',
    test: shown,
  },
  {
    name: 'S5 guessing API keys asks auth at each guess',
    file: door,
    search: 'keys.has(keyId) ? GOOD_MS : UNKNOWN_MS',
    replace: 'keys.has(keyId) ? GOOD_MS : 0',
    test: shown,
  },
  {
    name: 'S5 an API key is a customer',
    file: 'kit/http/policy.ts',
    search: "      if (principal.kind === 'key') return errors.peopleOnly()\n",
    replace: '',
    test: shown,
  },
  {
    name: 'S5 an API key asks for what belongs to somebody without the permission',
    file: 'kit/http/policy.ts',
    search: 'may(principal, access.permission) ? undefined : errors.peopleOnly()',
    replace: 'undefined',
    test: shown,
  },
]
