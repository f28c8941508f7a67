import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('operations', {
  noSuchGroup: ['not-found', 'No service of that name consumes events here.'],
  noSuchTopic: ['not-found', 'The topic holds no events.'],
  noSuchDeadLetter: ['not-found', 'There is no such dead letter. It may have been redriven or discarded meanwhile.'],
  filterNeeded: [
    'invalid',
    'Name at least one filter, or say `all`, so that nobody redrives by accident more than they looked at.',
  ],
  wouldActAgain: ['rule', 'Only read models may let events take effect again; this service would act twice.'],
  noSuchFlow: ['not-found', 'There is no such flow.'],
  flowWaits: ['conflict', 'The flow waits for something outside; it goes on when that happens, or at its deadline.'],
  noSuchJob: ['not-found', 'No service here has such a job.'],
  jobRuns: ['conflict', 'The job runs at this moment.'],
  nothingToFollow: ['forbidden', 'Nothing that is told here is for you.'],
  tooManyFollowers: ['rate-limited', 'Too many pages follow the shop at once. Close some, or come back in a moment.'],
  unanswered: [
    'unavailable',
    'The process that would know does not answer. Try again when it is back; after a command look first: it may be done.',
  ],
  flowEnded: ['conflict', 'The flow has ended.'],
})
