import { useEffect, useState } from 'react'

const PAUSE_MS = 150

/** What was typed, once somebody stops for a moment. */
export function useSettled(text: string): string {
  const [settled, settle] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => settle(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
