import type { Answer } from '../../../../packages/client/src/client.ts'

export type Order = Answer<'GET /api/orders/{id}'>

/** Nothing of it is on its way as far as the order itself knows: it can be changed and cancelled. */
export const isOpen = ({ status }: Pick<Order, 'status'>): boolean => status === 'PENDING' || status === 'CONFIRMED'
