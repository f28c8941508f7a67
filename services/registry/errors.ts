import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('registry', {
  notFound: ['not-found', 'No such application or instance is registered.'],
  invalidInstance: ['invalid', 'The registration does not describe an instance.'],
  otherApplication: ['invalid', 'The registration names another application than the address.'],
  invalidStatus: ['invalid', 'There is no such status. There are: UP, DOWN, STARTING, OUT_OF_SERVICE, UNKNOWN.'],
  reservedName: ['forbidden', 'Only the services of this installation may register under this name.'],
  full: ['rule', 'The registry holds as many instances as it may (REGISTRY_MAX_INSTANCES).'],
})
