import { redirect } from 'react-router'
import type { Route } from './+types/channel'
import { textOf } from '../form-answer.server.ts'
import { ownPath } from '../own-path.ts'
import { sessionOf } from '../session.server.ts'

/** Another sales channel: other prices, another currency, a cart of its own. One that does not exist counts as the first. */
export async function action({ context, request }: Route.ActionArgs) {
  const form = await request.formData()
  sessionOf(context).change({ channel: textOf(form, 'channel').slice(0, 60) })
  return redirect(ownPath(textOf(form, 'to'), '/'))
}
