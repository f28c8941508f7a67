import type { Mutant } from './mutant.ts'

const reviews = 'services/reviews'

/** Guards of reviews: who may write, once each, what is shown, and what it counts for. */
export const reviewGuards: readonly Mutant[] = [
  {
    name: 'R2 one person has two reviews of a product',
    file: `${reviews}/migrations/001_reviews.sql`,
    search: '  constraint one_review_each unique (product_id, author_id),',
    replace: '  constraint one_review_each unique (product_id, author_id, id),',
    test: `${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'R1 a review that is hidden still counts',
    file: `${reviews}/migrations/001_reviews.sql`,
    search: '  if was then\n    update summaries',
    replace: "  if was and not shown and tg_op = 'DELETE' then\n    update summaries",
    test: `${reviews}/reviews.int.test.ts ${reviews}/readers.int.test.ts`,
  },
  {
    name: 'R4 a product is not told of its stars',
    file: `${reviews}/store.ts`,
    search: 'await kit.outbox.append(tx, [...events, ...ratings])',
    replace: 'await kit.outbox.append(tx, [...events, ...ratings.slice(1)])',
    test: `${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'reviews: who did not buy writes',
    file: `${reviews}/commands/write-review.ts`,
    search: "deps.settings.writers === 'buyers' && bought !== 'delivered'",
    replace: "deps.settings.writers === 'buyers' && bought === 'ordered'",
    test: `${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'reviews: a cancelled order counts as bought',
    file: `${reviews}/reactions/follow-orders.ts`,
    search: 'await tx`delete from purchases where order_id = ${data.orderId}`',
    replace: 'await tx`delete from purchases where false and order_id = ${data.orderId}`',
    test: `${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'reviews: a stranger changes a review',
    file: `${reviews}/commands/edit-review.ts`,
    search: "if (review.authorId !== authorId) throw review.state === 'published' ? errors.notYours() : errors.notFound()",
    replace: '',
    test: `${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'reviews: everybody answers for the seller',
    file: `${reviews}/commands/reply.ts`,
    search: 'if (userId === null || userId !== principal.id) throw errors.notYourProduct()',
    replace: '',
    test: `${reviews}/readers.int.test.ts`,
  },
  {
    name: 'reviews: authors vote on their own',
    file: `${reviews}/commands/judge-others.ts`,
    search: 'if (review.authorId === readerId) throw errors.ownReview()',
    replace: '',
    test: `${reviews}/readers.int.test.ts`,
  },
  {
    name: 'R3 one reader votes many times',
    file: `${reviews}/migrations/001_reviews.sql`,
    search: '    helpful = r.helpful + coalesce(new.helpful, false)::integer - coalesce(old.helpful, false)::integer,',
    replace: '    helpful = r.helpful + coalesce(new.helpful, false)::integer,',
    test: `${reviews}/readers.int.test.ts`,
  },
  {
    name: 'reviews: reports bring down what staff have approved',
    file: `${reviews}/review.ts`,
    search: "state === 'published' && !vetted && openReports >= limit",
    replace: "state === 'published' && openReports >= limit",
    test: `${reviews}/review.test.ts ${reviews}/readers.int.test.ts`,
  },
  {
    name: 'reviews: a budget is not a limit',
    file: `${reviews}/budget.ts`,
    search: ' or b.used < ${settings[setting]}\n',
    replace: ' or b.used < ${settings[setting]} + 1000000\n',
    test: `${reviews}/readers.int.test.ts`,
  },
  {
    name: 'reviews: tags of HTML are kept',
    file: `${reviews}/words.ts`,
    search: "    text = text.replace(TAG, '')",
    replace: '    text = text.trim()',
    test: `${reviews}/rules.test.ts ${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'reviews: a first review is shown without a look',
    file: `${reviews}/rules.ts`,
    search: "'first-review': around.published === 0,",
    replace: "'first-review': false,",
    test: `${reviews}/rules.test.ts ${reviews}/reviews.int.test.ts`,
  },
  {
    name: 'reviews: pictures of reviews that are not shown are public',
    file: `${reviews}/routes/pictures.ts`,
    search: '(!row.shown && !isGenuine(deps.pictureKey, key, query))',
    replace: 'false',
    test: `${reviews}/pictures.int.test.ts`,
  },
  {
    name: 'reviews: an erased account leaves its words',
    file: `${reviews}/reactions/on-user-deleted.ts`,
    search: 'for (const { id } of own) await tx`delete from reviews where id = ${id}`',
    replace: '',
    test: `${reviews}/readers.int.test.ts`,
  },
  {
    name: 'search: a rating that comes late wins',
    file: 'services/search/ratings.ts',
    search: 'where r.revision < excluded.revision',
    replace: 'where true',
    test: 'services/search/ratings.int.test.ts',
  },
]
