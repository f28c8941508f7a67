import { setTimeout as delay } from 'node:timers/promises'
import { create, type Message } from '@bufbuild/protobuf'
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import { Health, SERVING } from './well-known.ts'

const WATCH_MS = 1_000

/** grpc.health.v1: what load balancers and Kubernetes ask. The empty name stands for the whole process. */
export function serveHealth(router: ConnectRouter, names: ReadonlySet<string>, ready: () => boolean): void {
  const { output } = Health.method.check!
  const status = (): Message => create(output, { status: ready() ? SERVING.yes : SERVING.no } as never)
  const known = (service: string): void => {
    if (service !== '' && !names.has(service)) throw new ConnectError(`There is no service ${service} here.`, Code.NotFound)
  }
  router.service(Health, {
    check({ service }: { service: string }) {
      known(service)
      return status()
    },
    async *watch({ service }: { service: string }, { signal }: HandlerContext) {
      known(service)
      for (let told: boolean | undefined; !signal.aborted; ) {
        if (told !== ready()) {
          told = ready()
          yield status()
        }
        await delay(WATCH_MS, undefined, { signal, ref: false }).catch(() => undefined)
      }
    },
  } as never)
}
