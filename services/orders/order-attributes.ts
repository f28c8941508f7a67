import type { productsRpc } from '#contracts/rpc/products.ts'
import { type AttributeDefinition, attributeProblems, type Attributes } from '#kit/core/attributes.ts'
import { withoutDeadline } from '#kit/core/context.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import { errors } from './errors.ts'

/** How long a change of the definitions may stay unseen here: no order asks for them again. */
const KEEP_MS = 10_000

/** The custom attributes of orders, as products defines them; kept for some seconds, and longer while products does not answer. */
export class OrderAttributes {
  readonly #products: RpcClient<typeof productsRpc>
  #known: readonly AttributeDefinition[] | undefined
  #asking: Promise<readonly AttributeDefinition[]> | undefined
  #until = 0

  constructor(products: RpcClient<typeof productsRpc>) {
    this.#products = products
  }

  /** Throws errors.invalidAttributes with a pointer to each that is unknown, of another type, not allowed, or missing. */
  async check(attributes: Attributes): Promise<void> {
    const fields = attributeProblems(await this.#definitions(), attributes, '/attributes')
    if (fields.length > 0) throw errors.invalidAttributes({}, { fields })
  }

  async #definitions(): Promise<readonly AttributeDefinition[]> {
    if (this.#known && performance.now() < this.#until) return this.#known
    this.#asking ??= withoutDeadline(() => this.#ask()).finally(() => {
      this.#asking = undefined
    })
    return await this.#asking
  }

  async #ask(): Promise<readonly AttributeDefinition[]> {
    try {
      this.#known = (await this.#products.attributes({ entity: 'order' })).definitions
    } catch (error) {
      if (!this.#known) throw error
    }
    this.#until = performance.now() + KEEP_MS
    return this.#known
  }
}
