import { openTestShop } from './testing/catalogue.ts'
import { facetsConformance } from './testing/facets.contract.ts'
import { operatorsConformance } from './testing/operators.contract.ts'
import { relevanceConformance } from './testing/relevance.contract.ts'

relevanceConformance('PostgreSQL', () => openTestShop())
facetsConformance('PostgreSQL', () => openTestShop())
operatorsConformance('PostgreSQL', () => openTestShop())
