/** What attackers write into fields, by what it wants to reach. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  sql: [
    `' OR '1'='1`,
    `'; drop table orders.orders; --`,
    `1); select pg_sleep(20); --`,
    `\\' OR 1=1 --`,
    `%' and 1=(select 1/0) --`,
    `x'; copy (select 1) to program 'touch /tmp/souk-injected'; --`,
    `$1::regclass`,
    `a' & b | !c:* <-> (`,
  ],
  documents: [`{"$gt":""}`, `[$ne]=1`, `'; return true; var a='`, '__proto__', 'constructor.prototype'],
  templates: [
    '{{1337*1337}}',
    '${1337*1337}',
    '<%= 1337*1337 %>',
    '#{1337*1337}',
    '{{constructor.constructor("return process")()}}',
  ],
  headers: ['a\r\nx-injected: 1\r\n\r\n<p>', 'a%0d%0ax-injected:%201', 'a\u2028x-injected: 1', 'a\nBcc: everybody@example.com'],
  logs: ['a\n{"level":"fatal","message":"forged-by-injection"}', '\u001b[2J\u001b[31mforged', 'a\u0085b'],
  paths: [
    '../../../../../../etc/passwd',
    '..%2f..%2f..%2fetc%2fpasswd',
    '....//....//etc/passwd',
    'file:///etc/passwd',
    'C:\\Windows\\win.ini',
    '/etc/passwd\0.png',
  ],
  shells: ['$(touch /tmp/souk-injected)', '`touch /tmp/souk-injected`', '| touch /tmp/souk-injected'],
  pages: ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'javascript:alert(1)'],
  directories: ['*)(uid=*))(|(uid=*'],
  text: [
    '\0',
    'a\u202Eb\uFEFF',
    '\uD800',
    '\uFFFF',
    'İstanbul ß ﷺ',
    'e\u0301'.repeat(50),
    'NaN',
    'null',
    '-0',
    '%00',
    '%',
    '%zz',
    '*'.repeat(60),
    '('.repeat(60),
  ],
}

export interface Payload {
  readonly kind: string
  readonly text: string
}

export const payloads: readonly Payload[] = Object.entries(kinds).flatMap(([kind, list]) => list.map((text) => ({ kind, text })))

/** Numbers as they may stand in JSON text, or not: `body` is text, because no parser of ours would write them. */
export const numbers = [
  '-1',
  '0',
  '1.5',
  '"1"',
  '2147483648',
  '9007199254740993',
  '1e400',
  '-1e400',
  'NaN',
  'null',
  'true',
  '[1]',
  '1e-400',
  '0x10',
]

/** Fields that would be worth a lot if a body could set them. */
export const privileges = [
  'role', 'roles', 'permissions', 'isAdmin', 'verified', 'price', 'unitPrice', 'total', 'discount', 'currency', 'userId', 'customerId',
  'ownerId', 'status', 'version', 'createdAt', '__proto__', 'constructor', 'prototype',
] // biome-ignore format: one list
