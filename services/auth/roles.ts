import { errors } from './errors.ts'
import { may, type Principal } from '#kit/core/principal.ts'

/**
 * Every permission of the shop: `<service>:<verb>`, named by the service that checks it. A route that asks for one that
 * is not here could be used by administrators only.
 */
export const PERMISSIONS = {
  'products:write': 'Change any product, category, price, tax class or image',
  'products:write-own': 'Change the products of the own stall',
  'inventory:read': 'See stock, reservations, movements and purchase orders',
  'inventory:write': 'Count, receive and move stock, order goods',
  'inventory:reserve': 'Hold, commit and release stock by hand',
  'cart:read-any': 'See carts of customers',
  'cart:write-any': 'Change carts of customers',
  'orders:read-any': 'See every order',
  'orders:write': 'Confirm, change and cancel orders',
  'orders:draft': 'Write draft orders, with prices and discounts of their own, and place them',
  'orders:refund': 'Give money back for an order',
  'orders:read-reports': 'See what the shop earned',
  'returns:decide': 'Approve or refuse returns and exchanges',
  'returns:receive': 'Take in goods that come back',
  'promotions:write': 'Change promotions and coupon codes',
  'gift-cards:write': 'Issue, see and stop gift cards',
  'payments:read-any': 'See payments',
  'payments:authorize': 'Authorise payments for a customer',
  'payments:capture': 'Capture and void payments',
  'payments:refund': 'Refund payments',
  'payments:reconcile': 'Try messages of payment gateways again, or give them up',
  'payments:report': 'See what was taken and given back, by day and gateway',
  'delivery:read-any': 'See every shipment',
  'delivery:write': 'Create shipments, print labels, change their state',
  'notifications:read': 'See the log of messages and preview templates',
  'notifications:send': 'Send and repeat messages',
  'notifications:write': 'Change the words of messages',
  'users:read-any': 'See profiles, addresses and activity of customers',
  'users:write-any': 'Change or erase customers, disable accounts',
  'users:groups': 'Change customer groups and custom attributes',
  'users:roles': 'Give and take roles',
  'auth:keys': 'Change the keys that sign access tokens',
  'api-keys:read': 'See the API keys of integrations',
  'api-keys:write': 'Make API keys for integrations, with own permissions, and revoke them',
  'search:write': 'Say what stands first in searches, edit synonyms, see what is searched for',
  'reviews:moderate': 'See the queue of reviews, show, hide and reject them',
  'reviews:reply': 'Answer reviews for the shop',
  'reviews:reply-own': 'See and answer reviews of the products of the own stall',
  'reviews:configure': 'Change words that send a review to staff, and the tags of reviews',
  'recommendations:read-any': 'See what is recommended to a customer, and what is kept of them for it',
  'recommendations:write': 'Train models of recommendations, say which one is used, compare ways to recommend',
  'content:write': 'Change the home page, pages, banners and menus',
  'webhooks:write': 'Change where the shop sends its webhooks',
  'channels:write': 'Change sales channels',
  'events:operate': 'See event flow and consumer lag, inspect and redrive dead letters',
  'registry:read': 'See who runs where',
  'registry:write': 'Register instances, take them out and bring them back',
  'config:read': 'See the configuration of every application, secrets included',
  'config:cipher': 'Encrypt and decrypt values of the configuration',
  'config:refresh': 'Let every process read its configuration again',
  'gateway:read': 'See the documentation of routes that are not public',
  'monitoring:read': 'See the details of the health of every part',
} as const satisfies Record<string, string>

export type Permission = keyof typeof PERMISSIONS

/** What each role may do. `*` is everything. */
export const ROLES = {
  CUSTOMER: [],
  SELLER: ['products:write-own', 'reviews:reply-own'],
  SUPPORT: [
    'users:read-any',
    'users:write-any',
    'recommendations:read-any',
    'orders:read-any',
    'orders:write',
    'orders:draft',
    'returns:decide',
    'returns:receive',
    'cart:read-any',
    'payments:read-any',
    'delivery:read-any',
    'inventory:read',
    'notifications:read',
    'notifications:send',
    'reviews:moderate',
    'reviews:reply',
  ],
  WAREHOUSE: [
    'inventory:read',
    'inventory:write',
    'inventory:reserve',
    'orders:read-any',
    'delivery:read-any',
    'delivery:write',
    'returns:receive',
    'api-keys:read',
    'api-keys:write',
  ],
  CATALOG: [
    'products:write',
    'promotions:write',
    'inventory:read',
    'users:groups',
    'search:write',
    'recommendations:write',
    'content:write',
    'reviews:moderate',
    'reviews:reply',
    'reviews:configure',
    'api-keys:read',
    'api-keys:write',
  ],
  FINANCE: [
    'orders:read-any',
    'orders:refund',
    'orders:read-reports',
    'payments:read-any',
    'payments:capture',
    'payments:refund',
    'payments:reconcile',
    'payments:report',
    'returns:decide',
    'promotions:write',
    'gift-cards:write',
  ],
  /** keeps the machines alive on a sale day: sees everything that runs, changes nothing of the shop */
  OPERATIONS: ['events:operate', 'gateway:read', 'registry:read', 'monitoring:read', 'notifications:read', 'inventory:read'],
  ADMIN: ['*'],
} as const satisfies Record<string, readonly (Permission | '*')[]>

export type Role = keyof typeof ROLES

export const isRole = (name: string): name is Role => Object.hasOwn(ROLES, name)

/** Known roles, without repeats, in the order of the table. Throws `auth/unknown-role`; an empty list is a CUSTOMER. */
export function requireRoles(names: readonly string[]): Role[] {
  const unknown = names.findIndex((name) => !isRole(name))
  if (unknown >= 0)
    throw errors.unknownRole(
      {},
      { fields: [{ pointer: `/roles/${unknown}`, message: `must be one of ${Object.keys(ROLES).join(', ')}` }] },
    )
  const wanted = (Object.keys(ROLES) as Role[]).filter((role) => names.includes(role))
  return wanted.length > 0 ? wanted : ['CUSTOMER']
}

/** Permissions of these roles, sorted, without repeats; unknown names give nothing. */
export function permissionsOf(roles: readonly string[]): string[] {
  return [...new Set(roles.flatMap((role) => (isRole(role) ? ROLES[role] : [])))].sort()
}

/**
 * What an API key can never be given: rights over who may do what stay with people, or a key that leaked could make others; and what concerns
 * the own stall belongs to its seller.
 */
const OF_PEOPLE: ReadonlySet<string> = new Set(['users:roles', 'auth:keys', 'api-keys:read', 'api-keys:write'])

/** True for a permission of the shop that an API key may have. */
export const isForKeys = (permission: string): permission is Permission =>
  Object.hasOwn(PERMISSIONS, permission) && !OF_PEOPLE.has(permission) && !permission.endsWith('-own')

/** Those of `permissions` that an account with these roles has. What a provider gives with a sign-in does not count: it ends with the session. */
export function heldBy(roles: readonly string[], permissions: readonly string[]): string[] {
  const held = new Set(permissionsOf(roles))
  return permissions.filter((permission) => held.has('*') || held.has(permission))
}

/** Nobody hands out, takes away or locks out more than they hold. Throws `auth/more-rights-needed`. */
export function requireAtLeast(principal: Principal, roles: readonly string[]): void {
  if (!permissionsOf(roles).every((permission) => may(principal, permission))) throw errors.moreRightsNeeded()
}
