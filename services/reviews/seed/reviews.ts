/** What the demo shop's shoppers say: words only; demo-reviews.ts turns them into reviews. */
export interface DemoReview {
  /** beginning of the SKU */
  readonly sku: string
  readonly by: Shopper
  readonly stars: number
  readonly title: string
  readonly text: string
  readonly locale: 'en' | 'de'
  /** days before today */
  readonly ago: number
  readonly tags?: readonly string[]
  readonly reply?: string
  readonly helpful?: readonly Shopper[]
  readonly unhelpful?: readonly Shopper[]
}

export const shoppers = {
  amina: 'Amina Haddad',
  bruno: 'Bruno Keller',
  clara: 'Clara Whitfield',
  dario: 'Dario Conti',
  elif: 'Elif Yildiz',
  finn: 'Finn Petersen',
  greta: 'Greta Lindqvist',
  henry: 'Henry Osborne',
  ines: 'Inês Carvalho',
  jonas: 'Jonas Brandt',
} as const
export type Shopper = keyof typeof shoppers

type More = Pick<DemoReview, 'tags' | 'reply' | 'helpful' | 'unhelpful'>
const en = (sku: string, by: Shopper, stars: number, ago: number, title: string, text: string, more: More = {}): DemoReview => ({
  sku,
  by,
  stars,
  ago,
  title,
  text,
  locale: 'en',
  ...more,
})
const de = (...words: Parameters<typeof en>): DemoReview => ({ ...en(...words), locale: 'de' })

/** Shown ones, oldest first for each shopper. */
// biome-ignore format: a table reads better in rows
export const shown: readonly DemoReview[] = [
  en('MUG-01', 'amina', 5, 190, 'My first cup of the day', 'Heavy in a good way, and the handle fits three fingers. The glaze has a small freckle on mine, which I like.', { tags: ['good-quality', 'as-described'], helpful: ['bruno', 'clara', 'dario', 'finn'] }),
  de('MUG-01', 'bruno', 5, 171, 'Hält lange warm', 'Nach zwanzig Minuten war der Kaffee noch trinkbar. Gut eingepackt, nichts zerbrochen.', { tags: ['well-packed'], helpful: ['elif', 'jonas'] }),
  en('MUG-01', 'clara', 3, 150, 'Pretty, but smaller than I thought', 'A lovely thing. I had hoped for a bigger one: it holds about a quarter of a litre, so read the measurements first.', { helpful: ['amina', 'henry', 'greta'], reply: 'Thank you, that is fair. If you like a larger one, the soup mug from the same wheel holds half a litre.' }),
  en('MUG-01', 'henry', 4, 96, '', 'Bought two, one came in a slightly darker blue. They look fine side by side, and the dishwasher has done them no harm so far.'),
  de('MUG-01', 'elif', 5, 41, 'Zweite Bestellung', 'Den ersten habe ich verschenkt und dann selbst einen gebraucht. Liegt wunderbar in der Hand.', { tags: ['good-gift'] }),
  de('MUG-02', 'jonas', 4, 120, 'Klein und dick', 'Genau richtig für einen Ristretto. Der Rand dürfte etwas dünner sein.'),
  en('MUG-02', 'ines', 5, 33, 'Two sips, as promised', 'They stack, which nobody mentions, and that is why I bought four more.', { helpful: ['amina'] }),
  en('BWL-02', 'dario', 5, 140, 'Sunday lunch', 'Feeds six and looks like something from my grandmother’s kitchen. It is heavy, so mind the shelf.', { tags: ['good-quality'], helpful: ['clara', 'greta'] }),
  de('BWL-02', 'greta', 2, 77, 'Leider mit Macke', 'Die Glasur hatte innen eine raue Stelle. Der Umtausch war freundlich und schnell, aber Zeit hat es trotzdem gekostet.', { helpful: ['bruno'], reply: 'Das tut uns leid. Wir haben die Kiste dieser Lieferung noch einmal durchgesehen und zwei weitere aussortiert.' }),
  en('LMP-01', 'finn', 5, 160, 'No wobble indeed', 'I have had four desk lamps in ten years and this is the first one that stays where I put it. The light is warm without being yellow.', { tags: ['as-described', 'good-quality'], helpful: ['amina', 'bruno', 'clara', 'henry', 'jonas'] }),
  de('LMP-01', 'amina', 4, 88, 'Schönes Licht, kurzes Kabel', 'Die Leuchte selbst ist großartig. Das Kabel ist keine anderthalb Meter lang, ich brauchte eine Verlängerung.', { helpful: ['finn', 'greta'] }),
  en('LMP-01', 'greta', 5, 21, 'Worth it', 'Not cheap, but the joint feels as if it will outlive me.', { tags: ['good-value'] }),
  de('LMP-06', 'clara', 5, 60, 'Für den Balkon', 'Flach im Schrank, groß am Abend. Hat einen kräftigen Wind überstanden.'),
  en('TXT-01', 'henry', 5, 180, 'The dog has claimed it', 'Warm, dense, a little scratchy for the first week. Now there is a queue for it in our living room.', { tags: ['good-quality'], helpful: ['ines', 'amina', 'dario'] }),
  de('TXT-01', 'finn', 4, 110, 'Warm und ehrlich', 'Riecht am Anfang nach Schaf, nach einmal Lüften war das weg. Gewebt wie früher.'),
  en('TXT-02', 'bruno', 4, 52, '', 'They do dry better with every wash. The first two washes they hardly dry at all.', { helpful: ['clara', 'henry'] }),
  en('SHT-02', 'dario', 3, 64, 'Runs wide', 'Good cloth and buttons. I usually wear L and would take M next time.', { helpful: ['finn', 'jonas'] }),
  de('SHT-02', 'ines', 5, 30, 'Für den Sommer', 'Leicht, knittert schön, trocknet über Nacht. Passt in M wie erwartet.', { tags: ['as-described'] }),
  en('SHO-02', 'jonas', 5, 130, 'Two hundred kilometres later', 'Broken in after three days, dry in wet grass, and the heel still looks new. Wax them before the first walk.', { tags: ['good-quality', 'good-value'], helpful: ['amina', 'elif', 'finn', 'henry'] }),
  en('SHO-02', 'elif', 2, 45, 'Not for narrow feet', 'Well made, but I slip in them even with thick socks. Sent back, refund came within the week.', { helpful: ['dario'], unhelpful: ['jonas'] }),
  de('BAG-01', 'bruno', 5, 70, 'Regen? Welcher Regen?', 'Eine Stunde auf dem Rad durch den Schauer, der Rechner blieb trocken.', { helpful: ['clara', 'finn'] }),
  en('PLT-01', 'clara', 5, 100, 'It forgave me', 'I forgot it for three weeks in August. It has four new leaves.', { helpful: ['ines', 'greta'], tags: ['well-packed'] }),
  de('PLT-03', 'henry', 1, 25, 'Kam müde an', 'Das Basilikum war zwei Tage unterwegs und sah so aus. Nach einer Woche hat es sich halb erholt.', { reply: 'So soll es nicht ankommen. Wir schicken Kräuter jetzt nur noch montags bis mittwochs los; Ihr Geld ist zurück auf dem Weg.', helpful: ['greta'] }),
  en('TOL-02', 'greta', 5, 85, 'Cuts like a thought', 'Green wood up to a thumb’s width, clean every time. The spring is replaceable, which decided it for me.', { tags: ['good-quality'] }),
  en('BOK-01', 'ines', 5, 58, 'Thirty soups in', 'Week thirty: still no recipe that failed, and the lentils with lemon are now a household rule.', { tags: ['good-gift'], helpful: ['dario', 'amina'] }),
  de('BOK-01', 'dario', 4, 38, 'Mehr Bilder, bitte', 'Die Rezepte stimmen alle. Zu jedem zweiten hätte ich gern ein Foto.'),
  en('KIT-02', 'finn', 4, 48, 'Dry it, really', 'I left it in the sink once and it told me so. Otherwise the sharpest knife I have owned at this price.', { tags: ['good-value'], helpful: ['bruno', 'jonas', 'henry'] }),
  de('STA-01', 'jonas', 5, 15, '', 'Liegt flach, die Tinte schlägt nicht durch, auch nicht mit dem breiten Füller.', { tags: ['as-described'] }),
]

/** For the queue: rules notice something in each of them. */
// biome-ignore format: a table reads better in rows
export const waiting: readonly DemoReview[] = [
  en('KIT-02', 'henry', 4, 3, 'Sharp', 'There is a good video on how to sharpen it at https://knives.example/how-to, watch it before you ruin the edge.'),
  de('MUG-01', 'dario', 1, 2, 'NIE WIEDER', 'DREI WOCHEN GEWARTET UND DANN DIE FALSCHE FARBE, SO NICHT!!!!!!'),
  en('TXT-01', 'elif', 5, 1, 'Selling mine', 'I have two and sell one of them, nearly new. Write to elif@souk.example if you want it.'),
]

/** Shown, and reported by somebody. */
export const reported = {
  sku: 'SHO-02',
  by: 'elif',
  from: 'jonas',
  comment: 'They clearly bought the wrong size, that is no fault of the boot.',
} as const
