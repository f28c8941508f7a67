import { useSpeech } from '../../i18n/language.ts'

/** So many of five stars, filled to the tenth; read out as a sentence. */
export function Stars({ value }: { value: number }) {
  const { words } = useSpeech()
  return (
    <span className="stars" role="img" aria-label={words.product.stars(value)}>
      <span className="stars-filled" style={{ width: `${(value / 5) * 100}%` }} aria-hidden="true">
        ★★★★★
      </span>
      <span aria-hidden="true">★★★★★</span>
    </span>
  )
}
