import { links } from '../links.ts'
import { operationsMail } from '../template.ts'
import { sampleShop } from './sample.ts'

export const lowStock = operationsMail<{ sku: string; available: number; threshold: number }>()(
  'low-stock',
  'Available stock fell to the threshold. Goes to operations.',
  {},
  ({ shop, data }, say) => ({
    subject: say({ en: '⚠ Low Stock Alert', de: '⚠ Niedriger Lagerbestand' }),
    preheader: say({
      en: `${data.sku}: ${say.count(data.available)} left.`,
      de: `${data.sku}: noch ${say.count(data.available)}.`,
    }),
    heading: say({ en: 'Stock is running low', de: 'Der Bestand wird knapp' }),
    intro: [
      say({
        en: 'Fewer pieces are available than you wanted to keep in stock.',
        de: 'Es sind weniger Stück verfügbar, als Sie vorrätig halten wollten.',
      }),
    ],
    blocks: [
      {
        kind: 'facts',
        rows: [
          ['SKU', data.sku],
          [say({ en: 'Available', de: 'Verfügbar' }), say.count(data.available)],
          [say({ en: 'Threshold', de: 'Schwelle' }), say.count(data.threshold)],
        ],
      },
      { kind: 'button', label: say({ en: 'Look at the stock', de: 'Bestand ansehen' }), url: links.stock(shop, data.sku) },
    ],
    variables: { shop: shop.name, sku: data.sku, available: say.count(data.available), threshold: say.count(data.threshold) },
  }),
  { shop: sampleShop, data: { sku: 'GLASS-6', available: 3, threshold: 5 } },
)
