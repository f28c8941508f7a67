// What Fastify alone can send: the limit that list and detail are compared with. Started by browse.ts.
import Fastify from 'fastify'

process.once('message', async ({ bytes, contentType }: { bytes: string; contentType: string }) => {
  const body = Buffer.from(bytes)
  const app = Fastify({ logger: false })
  app.get('/', (_request, reply) => {
    reply.header('content-type', contentType)
    reply.send(body)
  })
  process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
})
process.on('disconnect', () => process.exit(0))
