import { expect, test } from 'vitest'
import { PERMISSIONS, ROLES, permissionsOf, requireAtLeast, requireRoles } from './roles.ts'
import { anonymous, servicePrincipal, type Principal } from '#kit/core/principal.ts'

const staff = (...roles: string[]): Principal => ({
  kind: 'user',
  id: 'u',
  sessionId: 's',
  roles,
  permissions: new Set(permissionsOf(roles)),
})

test('every right of a role is explained', () => {
  for (const rights of Object.values(ROLES)) for (const right of rights) expect(right === '*' || right in PERMISSIONS).toBe(true)
})

test('a customer has no rights beyond their own things', () => {
  expect(permissionsOf(['CUSTOMER'])).toEqual([])
})

test('rights of several roles add up, once each', () => {
  const rights = permissionsOf(['WAREHOUSE', 'SUPPORT'])
  expect(rights).toContain('inventory:write')
  expect(rights).toContain('returns:decide')
  expect(new Set(rights).size).toBe(rights.length)
})

test('a role nobody knows gives nothing and cannot be given', () => {
  expect(permissionsOf(['BOSS', 'constructor', '__proto__'])).toEqual([])
  expect(() => requireRoles(['CUSTOMER', 'constructor'])).toThrow(expect.objectContaining({ code: 'auth/unknown-role' }))
})

test('roles are kept without repeats, and nobody is left without one', () => {
  expect(requireRoles(['SELLER', 'CUSTOMER', 'SELLER'])).toEqual(['CUSTOMER', 'SELLER'])
  expect(requireRoles([])).toEqual(['CUSTOMER'])
})

test('nobody hands out more than they hold', () => {
  const refused = expect.objectContaining({ code: 'auth/more-rights-needed' })
  expect(() => requireAtLeast(staff('SUPPORT'), ['ADMIN'])).toThrow(refused)
  expect(() => requireAtLeast(staff('SUPPORT'), ['FINANCE'])).toThrow(refused)
  expect(() => requireAtLeast(anonymous, ['SELLER'])).toThrow(refused)
  requireAtLeast(staff('SUPPORT'), ['CUSTOMER'])
  requireAtLeast(staff('ADMIN'), ['ADMIN', 'FINANCE'])
  requireAtLeast(servicePrincipal('host'), ['ADMIN'])
})
