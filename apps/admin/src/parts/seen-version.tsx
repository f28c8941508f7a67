import { useState } from 'react'

/** Field of a question: the version somebody saw when they were asked. What is read again behind the question must not stand in for it. */
export function SeenVersion({ of }: { of: number }) {
  const [seen] = useState(of)
  return <input type="hidden" name="seen-version" value={seen} />
}

/** `If-Match` of what was seen. */
export const ifSeen = (form: FormData): { readonly ifMatch: string } => ({ ifMatch: `"${String(form.get('seen-version'))}"` })
