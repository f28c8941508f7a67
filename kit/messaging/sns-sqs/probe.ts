import { paginateListTopics } from '@aws-sdk/client-sns'
import { paginateListQueues } from '@aws-sdk/client-sqs'
import { openClients } from './aws.ts'
import { readSnsSqsUrl } from './url.ts'

/** Asks both services what there is of a shop; throws when one does not answer. */
export async function probeSnsSqs(url: string): Promise<{ region: string; topics: number; queues: number }> {
  const place = readSnsSqsUrl(url)
  const clients = openClients(place)
  try {
    let topics = 0
    for await (const { Topics = [] } of paginateListTopics({ client: clients.sns }, {}))
      topics += Topics.filter(({ TopicArn }) => TopicArn?.split(':').at(-1)?.startsWith(place.prefix)).length
    let queues = 0
    const filter = place.prefix === '' ? {} : { QueueNamePrefix: place.prefix }
    for await (const { QueueUrls = [] } of paginateListQueues({ client: clients.sqs }, { MaxResults: 1000, ...filter }))
      queues += QueueUrls.length
    return { region: await clients.sns.config.region(), topics, queues }
  } finally {
    clients.close()
  }
}
