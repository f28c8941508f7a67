import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('config', {
  noSuchLabel: ['not-found', 'The repository has no such label.'],
  noSuchFile: ['not-found', 'The repository has no such file.'],
  notFound: ['not-found', 'There is no configuration at this address.'],
  invalidName: ['invalid', 'Names of applications, profiles and labels have letters, digits, dots, dashes and underscores.'],
  invalidText: ['invalid', 'The text cannot be decrypted: it was not encrypted here, or with another key.'],
  emptyText: ['invalid', 'There is nothing to encrypt.'],
  unreadable: ['unavailable', 'The repository of the configuration cannot be read.'],
  invalidFile: ['unavailable', 'A file of the repository is not valid.'],
})
