import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('recommendations', {
  notFound: ['not-found', 'There is nobody of this name here.'],
  noSuchModel: ['not-found', 'There is no such model.'],
  notReady: ['conflict', 'This model cannot be made active: it is not finished, or it was emptied.'],
  nothingBefore: ['conflict', 'There is no earlier model to go back to.'],
  alreadyTraining: ['conflict', 'A model is being trained already.'],
  noSuchExperiment: ['not-found', 'There is no such experiment.'],
  experimentExists: ['conflict', 'There is an experiment of this key already.'],
  badVariants: ['invalid', 'The variants of this experiment cannot be compared.'],
  notDraft: ['conflict', 'Only a draft can be started or deleted.'],
  notRunning: ['conflict', 'Only an experiment that is running can be stopped.'],
  placeTaken: ['conflict', 'Another experiment is running at this place.'],
  noVisitor: ['invalid', 'The header X-Visitor-Id is missing or not a random UUID (version 4).'],
})
