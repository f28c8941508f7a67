/** The bytes an endpoint gets, in the form Standard Webhooks proposes. The id of the message is in its headers. */
export function bodyOf(event: { type: string; time: string; data: unknown }): string {
  return JSON.stringify({ type: event.type, timestamp: event.time, data: event.data })
}
