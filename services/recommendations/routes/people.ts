import Type from 'typebox'
import { RecommendationHistory } from '#contracts/rpc/recommendations.ts'
import { Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { anyone, del, get, ownerOr, post, put, type Route, type RouteRequest } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { forget, setRemembered } from '../commands/forget.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { holdPeople } from '../person-lock.ts'
import { buysAgain, historyOf, lastViewed, personOf } from '../queries/person.ts'
import { recommend, shown } from '../queries/recommend.ts'
import { remember } from '../touches.ts'
import {
  CardsView,
  Limit,
  PlacementName,
  READ_ANY,
  RecommendationView,
  StrategyName,
  subjectOf,
  userNamed,
  UserParams,
  visitorOf,
} from './shapes.ts'

const access = ownerOr(READ_ANY)
const own = { access, params: UserParams, errors: [errors.notFound] }
const throttled = { max: 120, windowSeconds: 60 }

/** Lists of one person, and what is kept of them. */
export function peopleRoutes(deps: Deps): Route[] {
  const { db } = deps
  const feed = async (request: RouteRequest, subject: { id: string; customer: boolean }, limit: number) => {
    const { channel, locale, principal } = request
    const [assignment, person, groups] = await Promise.all([
      deps.experiments.assign('feed', subject.id),
      personOf(db.sql, subject.id),
      deps.groups.of(request),
    ])
    const { answer } = await recommend(deps, { placement: 'feed', assignment, channel, locale, groups, limit, ...person })
    // Staff who look at it are not the customer, who may never see it.
    if (!subject.customer || principal.id === subject.id)
      deps.shown.record({ placement: 'feed', strategy: answer.strategy, experiment: assignment.experiment, subject })
    return answer
  }
  const cardsOf = async (products: readonly string[], request: RouteRequest, wanted: { inStock: boolean; limit: number }) => {
    const { channel, locale } = request
    const list = products.map((product) => ({ product, reason: 'popular' as const, because: null }))
    const cards = await shown(deps, list, { channel, locale, groups: await deps.groups.of(request) })
    const items = cards.filter(({ inStock }) => inStock || !wanted.inStock).slice(0, wanted.limit)
    return { items: items.map(({ reason: _, because: __, ...card }) => card) }
  }
  return [
    get(
      '/api/recommendations/:userId',
      {
        ...own,
        summary: 'What a customer may like',
        description:
          'By what they bought, put into carts and opened; never what they bought before or have in the cart. Without a history: what is popular.',
        query: closed({ limit: Limit }),
        response: RecommendationView,
      },
      async (request) => {
        const id = userNamed(request.params.userId, request.principal, READ_ANY)
        return await feed(request, { id, customer: true }, request.query.limit)
      },
    ),
    get(
      '/api/recommendations/:userId/recently-viewed',
      { ...own, summary: 'What a customer opened lately', query: closed({ limit: Limit }), response: CardsView },
      async (request) => {
        const id = userNamed(request.params.userId, request.principal, READ_ANY)
        const { limit } = request.query
        return await cardsOf(await lastViewed(db.sql, id, limit * 2), request, { inStock: false, limit })
      },
    ),
    get(
      '/api/recommendations/:userId/buy-again',
      {
        ...own,
        summary: 'What a customer buys again and again, as far as it can be had',
        query: closed({ limit: Limit }),
        response: CardsView,
      },
      async (request) => {
        const id = userNamed(request.params.userId, request.principal, READ_ANY)
        const { limit } = request.query
        return await cardsOf(await buysAgain(db.sql, id, limit * 3), request, { inStock: true, limit })
      },
    ),
    get(
      '/api/recommendations/:userId/history',
      { ...own, summary: 'Everything this service keeps of a customer', response: RecommendationHistory },
      async ({ params, principal }) => await historyOf(db.sql, userNamed(params.userId, principal, READ_ANY)),
    ),
    del(
      '/api/recommendations/:userId/history',
      { ...own, summary: 'Forget what a customer opened and put into carts' },
      async ({ tx, params, principal }) => await forget(tx, userNamed(params.userId, principal, 'users:write-any')),
    ),
    put(
      '/api/recommendations/:userId/preferences',
      {
        ...own,
        summary: 'Say whether to be remembered',
        description: 'A no forgets what is kept; from then on the customer sees what is popular.',
        body: closed({ remembered: Type.Boolean() }),
      },
      async ({ tx, params, principal, body }) =>
        await setRemembered(tx, userNamed(params.userId, principal, 'users:write-any'), body.remembered),
    ),
    get(
      '/api/recommendations/visitor',
      {
        access: anyone,
        summary: 'What a visitor who agreed to be remembered may like',
        description: 'X-Visitor-Id: a random UUID (version 4) that the shop gave to this visitor alone.',
        query: closed({ limit: Limit }),
        response: RecommendationView,
        errors: [errors.noVisitor],
      },
      async (request) => await feed(request, { id: visitorOf(request.headers), customer: false }, request.query.limit),
    ),
    get(
      '/api/recommendations/visitor/recently-viewed',
      {
        access: anyone,
        summary: 'What a visitor who agreed to be remembered opened lately',
        query: closed({ limit: Limit }),
        response: CardsView,
        errors: [errors.noVisitor],
      },
      async (request) => {
        const { limit } = request.query
        return await cardsOf(await lastViewed(db.sql, visitorOf(request.headers), limit * 2), request, {
          inStock: false,
          limit,
        })
      },
    ),
    del(
      '/api/recommendations/visitor',
      { access: anyone, summary: 'Forget a visitor', errors: [errors.noVisitor], rateLimit: throttled },
      async ({ tx, headers }) => await forget(tx, visitorOf(headers)),
    ),
    post(
      '/api/recommendations/views',
      {
        access: anyone,
        summary: 'Tell that a visitor who agreed to be remembered opened a product',
        description: 'Of customers the catalogue tells it. 120 a minute; the latest 200 products of a visitor are kept.',
        body: closed({ productId: Uuid }),
        errors: [errors.noVisitor],
        rateLimit: throttled,
      },
      async ({ tx, headers, body }) => {
        const personId = visitorOf(headers)
        const [known] = await tx`select 1 from facts f where f.product_id = ${body.productId}`
        if (known) await remember(tx, 'view', [{ productId: body.productId, personId, at: new Date() }])
      },
    ),
    post(
      '/api/recommendations/clicks',
      {
        access: anyone,
        summary: 'Tell that a shopper chose a product that was recommended',
        body: closed({ placement: PlacementName, strategy: StrategyName, productId: Uuid }),
        rateLimit: throttled,
      },
      async ({ tx, body, principal, headers }) => {
        const { placement, strategy, productId } = body
        const subject = subjectOf({ principal, headers })?.id ?? null
        if (subject !== null) await holdPeople(tx, [subject])
        // A click on what nobody was shown is not counted: anybody may call this.
        const counted = await tx`
          update placement_days d set clicks = d.clicks + 1
           where (d.day, d.placement, d.strategy) = (current_date, ${placement}, ${strategy}) and d.clicks < d.shown * 24`
        if (counted.count === 0) return
        await tx`
          insert into clicks (id, placement, strategy, product_id, person_id)
          select ${uuidv7()}, ${placement}, ${strategy}, ${productId}, p.id from (select ${subject}::uuid as id) p
           where p.id is null or not exists (select 1 from unremembered u where u.person_id = p.id)`
        await tx`
          update exposures x set clicked_at = now() from experiments e
           where e.id = x.experiment_id and e.state = 'running' and e.placement = ${placement} and x.subject_id = ${subject} and x.clicked_at is null`
      },
    ),
  ]
}
