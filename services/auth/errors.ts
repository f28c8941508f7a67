import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('auth', {
  badCredentials: ['unauthenticated', 'E-mail or password is wrong.'],
  badCode: ['unauthenticated', 'The code is wrong or was already used.'],
  badMfaToken: ['unauthenticated', 'The sign-in took too long. Please start again.'],
  badRefreshToken: ['unauthenticated', 'Please sign in again.'],
  accountDisabled: ['forbidden', 'This account is disabled.'],
  tooManyAttempts: ['rate-limited', 'Too many attempts. Please wait before you try again.'],
  busy: ['unavailable', 'Many people are signing in right now. Please try again in a moment.'],
  invalidEmail: ['invalid', 'This is not an e-mail address.'],
  weakPassword: ['invalid', 'This password is not accepted.'],
  unknownRole: ['invalid', 'There is no such role.'],
  linkNotValid: ['gone', 'This link has expired or was already used. Please ask for a new one.'],
  mfaAlreadyOn: ['conflict', 'Two-step sign-in is already on.'],
  mfaNotOn: ['conflict', 'Two-step sign-in is not on.'],
  accountNotFound: ['not-found', 'There is no such account.'],
  sessionNotFound: ['not-found', 'There is no such session.'],
  moreRightsNeeded: ['forbidden', 'You cannot give, take or disable rights that you do not have yourself.'],
  lastAdmin: ['rule', 'The shop needs at least one administrator.'],
})
