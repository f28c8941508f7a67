import { may, type Principal } from '#kit/core/principal.ts'
import { errors } from './errors.ts'

/**
 * On invoice the goods leave before any money has come: only who may write drafts promises that for the shop. Ask it wherever
 * a caller names a means of payment. Throws errors.invoiceNotOffered.
 */
export function refuseInvoice(principal: Principal, paymentMethodId: string | undefined): void {
  if (paymentMethodId === 'invoice' && !may(principal, 'orders:draft')) throw errors.invoiceNotOffered()
}
