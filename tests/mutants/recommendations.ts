import type { Mutant } from './mutant.ts'

const service = 'services/recommendations'

/** Guards of recommendations: whose they are, what is never recommended, experiments, models. */
export const recommendationGuards: readonly Mutant[] = [
  {
    name: 'recommendations: anybody sees the feed of anybody',
    file: `${service}/routes/shapes.ts`,
    search: "if ((principal.kind === 'user' && principal.id === userId) || may(principal, permission)) return userId",
    replace: "if (principal.kind === 'user' || may(principal, permission)) return userId",
    test: `${service}/lists.int.test.ts`,
  },
  {
    name: "recommendations: a customer's id opens their history as a visitor's",
    file: `${service}/routes/shapes.ts`,
    search: '-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-',
    replace: '-[0-9a-f]{4}-[0-9a-f]{4}-',
    test: `${service}/lists.int.test.ts`,
  },
  {
    name: 'recommendations: a model is emptied while an experiment uses it',
    file: `${service}/jobs/train.ts`,
    search: "where e.state <> 'stopped' and (v->>'model')",
    replace: "where false and (v->>'model')",
    test: `${service}/models.int.test.ts`,
  },
  {
    name: 'recommendations: an experiment starts with a model that is gone',
    file: `${service}/commands/change-experiment.ts`,
    search: '  await requireModels(tx, started.variants)\n',
    replace: '',
    test: `${service}/models.int.test.ts`,
  },
  {
    name: 'recommendations: what is in the cart is recommended',
    file: `${service}/queries/person.ts`,
    search: ' union select c.product_id from cart_items c where c.customer_id = ${personId}) k`',
    replace: ') k`',
    test: `${service}/lists.int.test.ts`,
  },
  {
    name: 'recommendations: what is sold out is recommended',
    file: `${service}/queries/recommend.ts`,
    search: 'if (items.length < limit && one.inStock) items.push(one)',
    replace: 'if (items.length < limit) items.push(one)',
    test: `${service}/lists.int.test.ts`,
  },
  {
    name: 'recommendations: who does not want to be remembered is',
    file: `${service}/touches.ts`,
    search: '     where not exists (select 1 from opted_out o where o.person_id = x.person_id)\n',
    replace: '',
    test: `${service}/lists.int.test.ts`,
  },
  {
    name: 'recommendations: an erased account keeps its purchases',
    file: `${service}/reactions/forget-users.ts`,
    search: '  await tx`update purchases p set customer_id = null where p.customer_id = ${data.userId}`\n',
    replace: '',
    test: `${service}/lists.int.test.ts`,
  },
  {
    name: 'recommendations: a variant depends on the moment',
    file: `${service}/experiment.ts`,
    search: '.update(`${id}:${subject}`)',
    replace: '.update(`${id}:${subject}:${performance.now()}`)',
    test: `${service}/experiment.test.ts`,
  },
  {
    name: 'recommendations: a roll-back does not know what was active before',
    file: `${service}/commands/change-model.ts`,
    search: "where m.state = 'active' returning m.version`",
    replace: "where m.state = 'active' returning m.version + 1000 as version`",
    test: `${service}/models.int.test.ts`,
  },
  {
    name: 'recommendations: a model without neighbours is made active',
    file: `${service}/commands/change-model.ts`,
    search: "if (model.state !== 'ready' || model.emptied) throw",
    replace: "if (model.state === 'asked') throw",
    test: `${service}/models.int.test.ts`,
  },
]
