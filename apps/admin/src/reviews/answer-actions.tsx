import { api } from '../session.ts'
import { Action } from '../parts/action.tsx'

/** Answers a review, or changes and removes the answer. `text`: the answer that is there. */
export function AnswerActions({ id, text, permission }: { id: string; text: string | undefined; permission: string }) {
  const path = { id }
  return (
    <span className="row">
      <Action
        name={text === undefined ? 'Answer' : 'Change the answer'}
        permission={permission}
        run={(form) => api.call('PUT /api/reviews/{id}/reply', { path, body: { text: String(form.get('text')) } })}
      >
        <label className="field">
          <span className="legend">Everybody reads it</span>
          <textarea className="input" name="text" rows={4} required maxLength={2000} defaultValue={text ?? ''} />
        </label>
      </Action>
      {text === undefined ? null : (
        <Action
          name="Remove the answer"
          permission={permission}
          confirm="The answer is gone from the page."
          run={() => api.call('DELETE /api/reviews/{id}/reply', { path })}
        />
      )}
    </span>
  )
}
