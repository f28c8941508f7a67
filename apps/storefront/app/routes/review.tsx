import { Form, useNavigation } from 'react-router'
import type { Route } from './+types/review'
import { apiOf, type Client, isBusy, isRefusal, notFound, SoukError, unlessMissing } from '../api.server.ts'
import { AnswerNote } from '../components/answer.tsx'
import { Crumbs } from '../components/crumbs.tsx'
import { Field } from '../components/field.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { answered, textOf } from '../form-answer.server.ts'
import { languageOf } from '../i18n/language.ts'
import { useSpeech, wordsOf } from '../i18n/later.ts'
import { requireUser } from '../session.server.ts'

const PICTURE_TYPES = 'image/jpeg,image/png,image/webp,image/gif'
/** Drawing a large picture takes a while on a busy machine. */
const UPLOAD_TIMEOUT_MS = 30_000

export async function loader({ context, request, params }: Route.LoaderArgs) {
  requireUser(context, request)
  const api = apiOf(context, request)
  const product = await unlessMissing(api.call('GET /api/products/{id}', { path: { id: params.slug } }))
  if (!product) throw notFound()
  const [mine, { items }] = await Promise.all([
    api.call('GET /api/reviews/products/{productId}/mine', { path: { productId: product.id } }),
    api.call('GET /api/reviews/tags'),
  ])
  return {
    product: { id: product.id, slug: product.slug, title: product.title },
    ...mine,
    tags: items.map(({ key, title }) => ({ key, title })),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const words = wordsOf(language).reviews
  const api = apiOf(context, request)
  const form = await request.formData()
  const id = textOf(form, 'reviewId')
  const wish = String(form.get('do') ?? '')
  return await answered(language, async () => {
    if (wish === 'withdraw') {
      await api.call('DELETE /api/reviews/{id}', { path: { id } })
      return words.withdrawn
    }
    if (wish.startsWith('remove ')) {
      await api.call('DELETE /api/reviews/{id}/pictures/{pictureId}', { path: { id, pictureId: wish.slice(7) } })
      return words.pictureRemoved
    }
    const body = {
      stars: Number(form.get('stars')),
      title: textOf(form, 'title'),
      text: String(form.get('text') ?? '').trim(),
      tags: form.getAll('tag').map(String),
      ...(textOf(form, 'name') ? { name: textOf(form, 'name') } : {}),
    }
    const saved = id
      ? await api.call('PATCH /api/reviews/{id}', { path: { id }, body })
      : await api.call('POST /api/reviews', { body: { ...body, productId: textOf(form, 'productId') } })
    const state = await addPictures(api, saved.id, form, words)
    return (state ?? saved.state) === 'published' ? words.published : words.waits
  })
}

/** One after the other; the words are saved already, so what is wrong with a picture does not lose them. */
async function addPictures(api: Client, id: string, form: FormData, words: ReturnType<typeof wordsOf>['reviews']) {
  let state: string | undefined
  for (const file of form.getAll('picture')) {
    if (!(file instanceof File) || file.size === 0) continue
    try {
      const options = { headers: { 'content-type': file.type }, timeoutMs: UPLOAD_TIMEOUT_MS }
      const saved = await api.call(
        'POST /api/reviews/{id}/pictures',
        { path: { id }, body: new Uint8Array(await file.arrayBuffer()) },
        options,
      )
      state = saved.state
    } catch (error) {
      // a shop that is busy says so itself; there is nothing wrong with the picture
      if (!isRefusal(error) || isBusy(error.status)) throw error
      throw new SoukError({ ...error.problem, detail: words.pictureRefused(file.name), errors: [] }, new Headers())
    }
  }
  return state
}

export const meta: Route.MetaFunction = ({ location, matches }) =>
  pageMeta({ title: wordsOf(languageOf(location.pathname)).reviews.write, location, matches, hidden: true })

export default function ReviewPage({ loaderData, actionData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const { product, review, refused } = loaderData
  return (
    <div className="page section stack" style={{ maxWidth: '44rem' }}>
      <Crumbs trail={[{ title: product.title, to: `/p/${product.slug}` }]} here={words.reviews.write} />
      <h1>{words.reviews.of(product.title)}</h1>
      <AnswerNote answer={actionData} />
      {review && review.state !== 'published' ? (
        <p className={review.state === 'rejected' ? 'note bad' : 'note'}>
          {review.state === 'rejected' && review.rejection
            ? words.reviews.rejected(words.reviews.rejections[review.rejection.reason], review.rejection.note)
            : words.reviews.states[review.state]}
        </p>
      ) : null}
      {!review && refused ? (
        <p className="note">
          {words.reviews.refused[refused]} <Link to={`/p/${product.slug}`}>{words.reviews.back}</Link>
        </p>
      ) : (
        <ReviewForm key={review?.version ?? 'new'} loaderData={loaderData} wrong={actionData?.fields ?? {}} />
      )}
    </div>
  )
}

function ReviewForm({
  loaderData: { product, review, tags },
  wrong,
}: {
  loaderData: Route.ComponentProps['loaderData']
  wrong: Readonly<Record<string, string>>
}) {
  const { words } = useSpeech()
  const busy = useNavigation().formMethod === 'POST'
  return (
    <Form method="post" encType="multipart/form-data" className="stack">
      <input type="hidden" name="productId" value={product.id} />
      <input type="hidden" name="reviewId" value={review?.id ?? ''} />
      <fieldset className="stack">
        <legend className="legend">{words.reviews.yourStars}</legend>
        <div className="star-choice">
          {[5, 4, 3, 2, 1].map((stars) => (
            <label key={stars}>
              <input type="radio" name="stars" value={stars} required defaultChecked={review?.stars === stars} />
              <span aria-hidden="true">★</span>
              <span className="hidden">{words.product.stars(stars)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Field
        label={words.reviews.headline}
        name="title"
        maxLength={120}
        defaultValue={review?.title ?? ''}
        wrong={wrong['title']}
      />
      <div className="field">
        <label htmlFor="text">{words.reviews.text}</label>
        <textarea
          id="text"
          name="text"
          rows={7}
          required
          maxLength={5000}
          defaultValue={review?.text ?? ''}
          aria-invalid={wrong['text'] ? true : undefined}
        />
        {wrong['text'] ? <span className="wrong">{wrong['text']}</span> : null}
      </div>
      {tags.length > 0 ? (
        <fieldset className="stack">
          <legend className="legend">{words.reviews.tags}</legend>
          <div className="options">
            {tags.map(({ key, title }) => (
              <label key={key} className="option">
                <input type="checkbox" name="tag" value={key} defaultChecked={review?.tags.includes(key) ?? false} />
                <span>{title}</span>
              </label>
            ))}
          </div>
        </fieldset>
      ) : null}
      <div className="field">
        <label htmlFor="picture">{words.reviews.pictures}</label>
        <input id="picture" name="picture" type="file" accept={PICTURE_TYPES} multiple aria-describedby="picture-hint" />
        <span className="hint" id="picture-hint">
          {words.reviews.picturesHint}
        </span>
      </div>
      {review && review.pictures.length > 0 ? (
        <ul className="review-pictures">
          {review.pictures.map(({ id, renditions, waiting }, index) => (
            <li key={id} className="stack">
              <img src={renditions[0]?.url} alt={words.reviews.picture(index + 1, review.name)} width={96} height={96} />
              {waiting ? <span className="tag">{words.reviews.pictureWaits}</span> : null}
              <button type="submit" className="link small" name="do" value={`remove ${id}`} formNoValidate>
                {words.me.remove}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <Field
        label={words.reviews.name}
        name="name"
        maxLength={60}
        defaultValue={review?.name ?? ''}
        hint={words.reviews.nameHint}
        wrong={wrong['name']}
      />
      <div className="row">
        <button className="button" type="submit" name="do" value="save" disabled={busy}>
          {review ? words.reviews.save : words.reviews.send}
        </button>
      </div>
      {review ? (
        <details>
          <summary className="soft">{words.reviews.withdraw}</summary>
          <p>
            <button type="submit" className="link" name="do" value="withdraw" formNoValidate>
              {words.reviews.withdrawSure}
            </button>
          </p>
        </details>
      ) : null}
      <p className="soft small">{words.reviews.rules}</p>
    </Form>
  )
}
