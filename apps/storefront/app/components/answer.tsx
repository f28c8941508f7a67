/** What came of the last form: done, or why not. */
export function AnswerNote({ answer }: { answer: { readonly done?: string; readonly message?: string } | undefined }) {
  if (answer?.done) {
    return (
      <p className="note good" role="status">
        {answer.done}
      </p>
    )
  }
  if (answer?.message) {
    return (
      <p className="note bad" role="alert">
        {answer.message}
      </p>
    )
  }
  return null
}
