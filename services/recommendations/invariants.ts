import type { Invariant } from '#kit/service/service.ts'

export const invariants: readonly Invariant[] = [
  {
    name: 'R1 nobody who does not want to be remembered, or was erased, is remembered',
    sql: `select u.person_id from unremembered u where exists (select 1 from touches t where t.person_id = u.person_id)
              or exists (select 1 from clicks c where c.person_id = u.person_id) or exists (select 1 from exposures x where x.subject_id = u.person_id)`,
  },
  {
    name: 'R2 the active model has neighbours',
    sql: `select m.version from models m where m.state = 'active' and m.products > 0 and not exists (select 1 from neighbours n where n.version = m.version)`,
  },
  {
    name: 'R3 nothing is its own neighbour',
    sql: `select n.version, n.product_id from neighbours n where n.product_id = any(n.others)`,
  },
  {
    name: 'R4 who took part in an experiment saw one of its variants, while it ran',
    sql: `select x.experiment_id, x.subject_id from exposures x join experiments e on e.id = x.experiment_id
           where not e.variants @> jsonb_build_array(jsonb_build_object('key', x.variant)) or x.exposed_at < e.started_at or x.exposed_at > e.stopped_at`,
  },
  {
    name: 'R5 nothing was bought by, or lies in the cart of, somebody who was erased',
    sql: `select e.person_id from erased e where exists (select 1 from purchases p where p.customer_id = e.person_id)
              or exists (select 1 from cart_items c where c.customer_id = e.person_id)`,
  },
]
