import { nameOf } from './event.ts'

/** How topics, groups and types are called where other systems see them and names are short and plain: on SNS and SQS. */
export interface BusNames {
  /** `order.events` → `order-events`; several topics may share a channel */
  channel(topic: string): string
  /** the queue of a group, and that of its dead letters */
  queue(group: string): { readonly queue: string; readonly dead: string }
  /** `OrderCreated.v1` → `ORDER_CREATED` */
  event(type: string): string
}

/** Names that follow from ours. */
export const plainNames: BusNames = {
  channel: (topic) => topic.replaceAll('.', '-'),
  queue: (group) => ({ queue: `${group}-queue`, dead: `${group}-dlq` }),
  event: (type) =>
    nameOf(type)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toUpperCase(),
}
