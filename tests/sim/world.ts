import type { GatewayFact } from '../../services/payments/payment.ts'
import { MemoryGroup } from '#kit/messaging/testing/memory-group.ts'
import { createMemoryProcesses, type MemoryProcesses } from '#kit/process/testing/memory-store.ts'
import { StockModel } from '../../services/inventory/testing/stock-model.ts'
import { Violation } from './checks.ts'
import { GROUPS, Witness } from './consumers.ts'
import { Database } from './database.ts'
import { Faults } from './faults.ts'
import { PaymentCompany } from './gateway.ts'
import { BEGINNING, Kernel } from './kernel.ts'
import { Log } from './log.ts'
import type { Mutant } from './mutants.ts'
import { OrderBooks } from './orders.ts'
import { PaymentBooks } from './payments.ts'
import { createRandom } from './random.ts'
import { type LogPlace, RelayState } from './relay.ts'
import { Warehouse } from './warehouse.ts'

export interface WebhookMessage {
  readonly id: string
  readonly key: string
  readonly fact: GatewayFact
}

/** Everything that is not in the memory of a machine: the databases, the payment company, the shelves. It outlives every crash. */
export class World {
  readonly kernel: Kernel
  readonly faults: Faults
  readonly mutant: Mutant | undefined
  readonly database: Database
  readonly flows: MemoryProcesses
  readonly orders = new OrderBooks()
  readonly books = new PaymentBooks()
  readonly stock = new StockModel()
  readonly company: PaymentCompany
  readonly warehouse: Warehouse
  readonly log = new Log(this)
  readonly relay: RelayState
  readonly groups: ReadonlyMap<string, MemoryGroup>
  readonly witness = new Witness(this)
  /** the first rule that was broken */
  broken: Violation | undefined
  /** who takes the webhooks of the payment company; set by the cluster */
  webhook: (message: WebhookMessage) => void = () => {}
  /** messages, parcels and the like that are on their way */
  outside = 0
  parcelPlanned: (orderId: string) => void = () => {}
  readonly trace: string[] = []
  readonly #keepTrace: boolean
  readonly #names = new Map<string, string>()
  #ids = 0
  #digest = 0x811c9dc5

  constructor(seed: number, options: { mutant?: Mutant | undefined; trace?: boolean }) {
    const random = createRandom(seed)
    this.kernel = new Kernel(random)
    this.mutant = options.mutant
    this.#keepTrace = options.trace ?? false
    this.faults = new Faults(random)
    this.database = new Database(this.kernel, this.faults)
    this.database.nextId = () => this.id()
    this.flows = createMemoryProcesses(() => this.kernel.now)
    this.company = new PaymentCompany(this)
    this.warehouse = new Warehouse(this)
    this.relay = new RelayState(random.pick<LogPlace>(['shared', 'elsewhere', 'elsewhere', 'foreign']))
    this.groups = new Map(GROUPS.map((name) => [name, new MemoryGroup(name, () => this.kernel.now)]))
  }

  broke(rule: string, detail: string): void {
    this.broken ??= new Violation(rule, detail)
  }

  id(): string {
    this.#ids += 1
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`
  }

  name(id: string, kind: string): void {
    this.#names.set(id, `${kind} ${this.#names.size + 1}`)
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id
  }

  /** One line of the history of this seed. All lines go into the digest, whether they are kept or not. */
  note(line: string): void {
    const { kernel } = this
    const text = `${((kernel.now - BEGINNING) / 1000).toFixed(3).padStart(9)} ${kernel.machine().name.padEnd(9)} ${line}`
    for (let at = 0; at < text.length; at += 1) this.#digest = Math.imul(this.#digest ^ text.charCodeAt(at), 0x01000193)
    if (this.#keepTrace) this.trace.push(text)
  }

  get digest(): string {
    return (this.#digest >>> 0).toString(16).padStart(8, '0')
  }
}
