import type { Template } from './template.ts'
import * as account from './templates/account.ts'
import * as freeText from './templates/free-text.ts'
import * as operations from './templates/operations.ts'
import * as orders from './templates/orders.ts'
import * as parcels from './templates/parcels.ts'
import * as payments from './templates/payments.ts'
import * as returns from './templates/returns.ts'
import * as reviews from './templates/reviews.ts'

/** Every message the shop can send, by name. */
export const templates: ReadonlyMap<string, Template> = new Map(
  [account, orders, payments, parcels, returns, reviews, operations, freeText]
    .flatMap((module) => Object.values(module))
    .map((template): [string, Template] => [template.name, template]),
)
