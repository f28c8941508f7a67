import { notFound } from '../api.server.ts'

export const loader = () => {
  throw notFound()
}

export default function Nothing() {
  return null
}
