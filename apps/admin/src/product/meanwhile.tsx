import { useEffect, useRef, useState } from 'react'
import { brief, type Draft, type Part, storedPart } from './draft.ts'
import { languageName } from './texts.tsx'
import type { ProductForm } from './use-product.ts'

const NAMES: Readonly<Record<string, string>> = {
  slug: 'address',
  brandId: 'brand',
  taxClass: 'tax class',
  channels: 'channels',
  tags: 'tags',
  categoryIds: 'categories',
  attributes: 'attributes',
  variants: 'variants and prices',
}
const nameOfPart = (part: Part): string =>
  part.startsWith('text ') ? `${languageName(part.slice('text '.length))} text` : (NAMES[part] ?? part)

/** Somebody else saved while we were writing: what they changed, and who goes before where both did. */
export function Meanwhile({ form }: { form: ProductForm }) {
  const { meanwhile } = form.draft
  if (!meanwhile) return null
  return meanwhile.both.length === 0 ? (
    <p className="note" role="status">
      Somebody changed this meanwhile: {meanwhile.changed.map(nameOfPart).join(', ')}. You see it already, and your own changes
      are still here.
    </p>
  ) : (
    <Decision key={meanwhile.theirs.version} form={form} meanwhile={meanwhile} />
  )
}

function Decision({ form, meanwhile }: { form: ProductForm; meanwhile: NonNullable<Draft['meanwhile']> }) {
  const [keep, setKeep] = useState<ReadonlySet<Part>>(new Set())
  const place = useRef<HTMLElement>(null)
  // whoever saved is far down the page: they have to see why nothing was saved
  useEffect(() => {
    place.current?.focus({ preventScroll: true })
    place.current?.scrollIntoView({ block: 'center' })
  }, [])
  const choose = (part: Part, ours: boolean) => {
    const next = new Set(keep)
    if (ours) next.add(part)
    else next.delete(part)
    setKeep(next)
  }
  const others = meanwhile.changed.filter((part) => !meanwhile.both.includes(part))
  return (
    <section ref={place} tabIndex={-1} className="note bad stack" role="alert" aria-label="Changed meanwhile">
      <p>
        <strong>Somebody changed this meanwhile.</strong> Nothing of yours was saved, and nothing of theirs was overwritten. Both
        of you changed:
      </p>
      {meanwhile.both.map((part) => (
        <fieldset key={part} className="row">
          <legend className="legend">{nameOfPart(part)}</legend>
          <label className="check">
            <input type="radio" name={`meanwhile ${part}`} checked={!keep.has(part)} onChange={() => choose(part, false)} />
            take theirs <Words of={brief(part, storedPart(meanwhile.theirs, part))} />
          </label>
          <label className="check">
            <input type="radio" name={`meanwhile ${part}`} checked={keep.has(part)} onChange={() => choose(part, true)} />
            keep mine <Words of={brief(part, form.value(part))} />
          </label>
        </fieldset>
      ))}
      {others.length > 0 ? <p>They also changed: {others.map(nameOfPart).join(', ')}. That is taken over.</p> : null}
      <div className="row">
        <button type="button" className="button small" onClick={() => form.decide(keep)}>
          Go on with these
        </button>
      </div>
    </section>
  )
}

/** Enough to know which is which. */
const SHOWN = 80

const Words = ({ of }: { of: string }) =>
  of === '' ? null : <q className="small">{of.length > SHOWN ? `${of.slice(0, SHOWN)} …` : of}</q>
