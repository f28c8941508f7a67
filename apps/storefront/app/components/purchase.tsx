import { useState, useSyncExternalStore } from 'react'
import { Form, useNavigation } from 'react-router'
import type { Product } from '../api.server.ts'
import { price } from '../i18n/format.ts'
import { useSpeech } from '../i18n/language.ts'
import { firstChoice, isSoldOut, variantOf } from '../variants.ts'
import { Link } from './link.tsx'
import { Price } from './price.tsx'

const never = () => () => undefined

/** What a product costs, which of its variants, and the way into the cart. Sold-out variants can be looked at, not bought. */
export function Purchase({
  product,
  result,
}: {
  product: Product
  result: { readonly added: boolean; readonly message?: string; readonly wished?: boolean } | undefined
}) {
  const { language, words } = useSpeech()
  const busy = useNavigation().formMethod === 'POST'
  const [chosen, choose] = useState(firstChoice(product))
  // without scripts nothing follows what is chosen: then only what is gone in every other choice is marked
  const scripted = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  const variant = variantOf(product, (option) => chosen[option])
  const buyable = variant?.price !== null && variant?.price !== undefined
  return (
    <Form method="post" className="stack" preventScrollReset>
      <p style={{ fontSize: 'var(--step-2)' }} aria-live="polite">
        {variant?.price ? <Price now={variant.price} before={variant.listPrice} /> : null}
      </p>
      {variant?.breaks.map(({ minQuantity, price: each }) => (
        <p key={minQuantity} className="soft small">
          {words.product.breaks(minQuantity, price(each, language))}
        </p>
      ))}
      {product.options.map((option) => (
        <fieldset key={option.key} className="stack">
          <legend className="legend">{option.title}</legend>
          <div className="options">
            {option.values.map((value) => {
              const gone = isSoldOut(product, option.key, value.key, scripted ? chosen : undefined)
              return (
                <label key={value.key} className="option">
                  <input
                    type="radio"
                    name={`option-${option.key}`}
                    value={value.key}
                    checked={chosen[option.key] === value.key}
                    onChange={() => choose({ ...chosen, [option.key]: value.key })}
                  />
                  <span data-sold-out={gone || undefined}>
                    {value.title}
                    {gone ? <small>{words.product.soldOut}</small> : null}
                  </span>
                </label>
              )
            })}
          </div>
        </fieldset>
      ))}
      <p className={variant?.inStock ? 'small' : 'small soft'}>
        {variant?.inStock ? words.product.inStock : words.product.soldOut}
      </p>
      <div className="row">
        <div className="field" style={{ width: '5.5rem' }}>
          <label htmlFor="quantity">{words.product.quantity}</label>
          <input id="quantity" name="quantity" type="number" min={1} max={999} defaultValue={1} inputMode="numeric" />
        </div>
        <button
          className="button"
          type="submit"
          disabled={!buyable || variant?.inStock === false}
          style={{ alignSelf: 'end', flex: 1 }}
        >
          {busy ? words.product.adding : words.product.add}
        </button>
      </div>
      <div role="status">
        {result?.added ? (
          <p className="note good spread">
            {words.product.added}
            <Link to="/cart">{words.product.toCart}</Link>
          </p>
        ) : null}
        {result && !result.added && !('wished' in result) ? (
          <p className="note bad">{'message' in result ? result.message : words.product.choose}</p>
        ) : null}
      </div>
    </Form>
  )
}
