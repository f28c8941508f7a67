import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('search', {
  noSuchSynonym: ['not-found', 'There is no such entry of synonyms.'],
  noSuchRule: ['not-found', 'There is no such rule.'],
  noWords: ['rule', 'A phrase of one to three words is needed; it has none, or too many.'],
  tooFewWords: ['rule', 'At least two phrases have to mean the same, or one has to find others.'],
  ruleExists: ['conflict', 'There is a rule for this product and question already: change that one.'],
})
