import type { Column } from '../parts/rows.tsx'

interface Listed {
  readonly id: string
  readonly product: { readonly title: string } | null
  readonly stars: number
  readonly title: string
  readonly text: string
}

/** What every list of reviews says of each: its product, its stars, and its words, which open the whole of it. */
export const reviewColumns = (open: (id: string) => void): readonly Column<Listed>[] => [
  { title: 'Product', width: '9rem', cell: ({ product }) => product?.title ?? '–' },
  {
    title: 'Stars',
    width: '5rem',
    cell: ({ stars }) => (
      <span role="img" aria-label={`${stars} of 5 stars`}>
        {'★'.repeat(stars)}
      </span>
    ),
  },
  {
    title: 'Words',
    width: 'minmax(9rem, 1fr)',
    cell: ({ id, title, text }) => (
      <button type="button" className="link" onClick={() => open(id)} title={text}>
        {title || text}
      </button>
    ),
  },
]
