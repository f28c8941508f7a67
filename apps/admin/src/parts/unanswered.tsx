/** What is missing in an answer over all processes of the shop: who runs apart and said nothing in time. */
export function Unanswered({ from = [] }: { from?: readonly string[] | undefined }) {
  if (from.length === 0) return null
  return (
    <p className="note bad" role="status">
      No answer from {from.join(', ')}: what is kept there is missing here.
    </p>
  )
}
