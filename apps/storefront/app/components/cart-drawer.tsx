import { useEffect, useRef } from 'react'
import { useFetcher, useLocation } from 'react-router'
import { price } from '../i18n/format.ts'
import { inLanguage } from '../i18n/language.ts'
import { useSpeech } from '../i18n/later.ts'
import type { action, loader } from '../routes/cart.tsx'
import { Link } from './link.tsx'
import { EmptyStall } from './pictures.tsx'
import { Thumbnail } from './thumbnail.tsx'

/** The cart beside the page somebody is on. Without scripts the same link leads to the page of the cart. */
export default function CartDrawer({ onClose }: { onClose: () => void }) {
  const { language, words } = useSpeech()
  const dialog = useRef<HTMLDialogElement>(null)
  const { load, data } = useFetcher<typeof loader>()
  const change = useFetcher<typeof action>()
  const { key } = useLocation()
  const opened = useRef(key)
  const address = inLanguage(language, '/cart')

  useEffect(() => {
    dialog.current?.showModal()
    void load(address)
  }, [load, address])
  useEffect(() => {
    if (key !== opened.current) onClose()
  }, [key, onClose])

  const lines = data?.cart?.lines ?? []
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={words.cart.title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close()
      }}
    >
      <div className="stack">
        <div className="spread">
          <h2>{words.cart.title}</h2>
          <button type="button" className="link" onClick={() => dialog.current?.close()}>
            {words.shop.close}
          </button>
        </div>
        {data === undefined ? <p className="soft">{words.list.loading}</p> : null}
        {data !== undefined && lines.length === 0 ? (
          <div className="empty">
            <EmptyStall />
            <p>{words.cart.empty}</p>
          </div>
        ) : null}
        <ul className="lines" aria-busy={change.state !== 'idle'}>
          {lines.map((line) => (
            <li key={line.sku}>
              {line.imageUrl ? <Thumbnail url={line.imageUrl} /> : <span />}
              <div>
                <p>
                  {line.quantity} × <Link to={`/p/${line.productId}`}>{line.title ?? line.sku}</Link>
                  {line.variantTitle ? <span className="soft"> · {line.variantTitle}</span> : null}
                </p>
                <change.Form method="post" action={address}>
                  <input type="hidden" name="do" value="remove" />
                  <input type="hidden" name="sku" value={line.sku} />
                  <button className="link" type="submit" aria-label={`${words.cart.remove}: ${line.title ?? line.sku}`}>
                    {words.cart.remove}
                  </button>
                </change.Form>
              </div>
              <p className="number">{line.total ? price(line.total, language) : ''}</p>
            </li>
          ))}
        </ul>
        {data?.cart?.total ? (
          <dl className="sums">
            <dt className="total">{words.cart.total}</dt>
            <dd className="total">{price(data.cart.total, language)}</dd>
          </dl>
        ) : null}
        {data?.cart?.orderable ? (
          <Link className="button" to="/checkout">
            {words.cart.checkout}
          </Link>
        ) : null}
        <Link className="button quiet" to="/cart">
          {words.cart.open}
        </Link>
      </div>
    </dialog>
  )
}
