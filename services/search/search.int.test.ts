import { openTestShop } from './testing/catalogue.ts'
import { relevanceConformance } from './testing/relevance.contract.ts'

relevanceConformance('PostgreSQL', () => openTestShop())
