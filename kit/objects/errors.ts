import { defineErrors } from '#kit/core/errors.ts'

export const objectErrors = defineErrors('objects', {
  unavailable: ['unavailable', 'The storage of files cannot be reached.'],
  refused: ['unavailable', 'The storage of files does not accept our account or our bucket.'],
})
