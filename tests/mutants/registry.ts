import { apiKeyGuards } from './api-keys.ts'
import { badAnswers } from './bad-answers.ts'
import { callGuards } from './calls.ts'
import { catalogueGuards } from './catalogue.ts'
import { databases } from './databases.ts'
import { endings } from './endings.ts'
import { eventsAndAccess } from './events-and-access.ts'
import { gatewayGuards } from './gateway.ts'
import { guessesAndDoors } from './guesses-and-doors.ts'
import { money } from './money.ts'
import type { Mutant } from './mutant.ts'
import { operationsGuards } from './operations.ts'
import { personalData } from './personal-data.ts'
import { recommendationGuards } from './recommendations.ts'
import { refusals } from './refusals.ts'
import { reviewGuards } from './reviews.ts'
import { searchGuards } from './search.ts'
import { signInAndContent } from './sign-in-and-content.ts'
import { stockAndOrders } from './stock-and-orders.ts'

export const mutants: readonly Mutant[] = [
  ...stockAndOrders,
  ...money,
  ...eventsAndAccess,
  ...endings,
  ...gatewayGuards,
  ...callGuards,
  ...databases,
  ...reviewGuards,
  ...searchGuards,
  ...recommendationGuards,
  ...catalogueGuards,
  ...operationsGuards,
  ...personalData,
  ...refusals,
  ...signInAndContent,
  ...apiKeyGuards,
  ...badAnswers,
  ...guessesAndDoors,
]
