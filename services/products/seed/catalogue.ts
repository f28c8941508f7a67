/** The demo shop: names and numbers only; demo-shop.ts turns them into products. Titles and notes: English, German. */
export type Shape =
  | 'mug'
  | 'bowl'
  | 'lamp'
  | 'textile'
  | 'shirt'
  | 'shoe'
  | 'bag'
  | 'book'
  | 'plant'
  | 'tool'
  | 'shears'
  | 'can'
  | 'spade'
  | 'labels'
  | 'pen'
  | 'spoon'
  | 'knife'
  | 'box'
  | 'card'
export type Choice = 'none' | 'colour' | 'clothing' | 'shoe' | 'value'
type Both = readonly [en: string, de: string]

export interface DemoCategory {
  readonly slug: string
  readonly parent?: string
  readonly title: Both
}

export interface DemoProduct {
  readonly sku: string
  readonly category: string
  readonly brand: string
  readonly shape: Shape
  readonly choice: Choice
  /** cents */
  readonly price: number
  readonly grams: number
  readonly title: Both
  readonly note: Both
}

export const categories: readonly DemoCategory[] = [
  { slug: 'home', title: ['Home', 'Wohnen'] },
  { slug: 'kitchen', parent: 'home', title: ['Kitchen', 'Küche'] },
  { slug: 'lighting', parent: 'home', title: ['Lighting', 'Leuchten'] },
  { slug: 'textiles', parent: 'home', title: ['Textiles', 'Heimtextilien'] },
  { slug: 'clothing', title: ['Clothing', 'Kleidung'] },
  { slug: 'shirts', parent: 'clothing', title: ['Shirts', 'Hemden & Shirts'] },
  { slug: 'shoes', parent: 'clothing', title: ['Shoes', 'Schuhe'] },
  { slug: 'bags', parent: 'clothing', title: ['Bags', 'Taschen'] },
  { slug: 'garden', title: ['Garden', 'Garten'] },
  { slug: 'plants', parent: 'garden', title: ['Plants', 'Pflanzen'] },
  { slug: 'garden-tools', parent: 'garden', title: ['Garden tools', 'Gartengeräte'] },
  { slug: 'books', title: ['Books', 'Bücher'] },
  { slug: 'stationery', title: ['Stationery', 'Schreibwaren'] },
  { slug: 'gift-cards', title: ['Gift cards', 'Gutscheine'] },
]

export const brands = ['Tonwerk', 'Lumina', 'Webstuhl 7', 'Nordgang', 'Grünhand', 'Blattgold Press', 'Souk'] as const

const p = (
  sku: string,
  category: string,
  brand: (typeof brands)[number],
  shape: Shape,
  choice: Choice,
  price: number,
  grams: number,
  title: Both,
  note: Both,
): DemoProduct => ({
  sku,
  category,
  brand,
  shape,
  choice,
  price,
  grams,
  title,
  note,
})

// biome-ignore format: a table reads better in rows
export const products: readonly DemoProduct[] = [
  p('MUG-01', 'kitchen', 'Tonwerk', 'mug', 'colour', 1690, 380, ['Morning mug', 'Morgenbecher'], ['Hand-thrown stoneware that keeps coffee warm.', 'Handgedrehtes Steinzeug, das Kaffee warm hält.']),
  p('MUG-02', 'kitchen', 'Tonwerk', 'mug', 'colour', 1290, 210, ['Espresso cup', 'Espressotasse'], ['Small, thick-walled, made for two sips.', 'Klein, dickwandig, für zwei Schlucke gemacht.']),
  p('MUG-03', 'kitchen', 'Tonwerk', 'mug', 'none', 2490, 620, ['Soup mug', 'Suppentasse'], ['Half a litre and two handles.', 'Ein halber Liter und zwei Henkel.']),
  p('BWL-01', 'kitchen', 'Tonwerk', 'bowl', 'colour', 2190, 540, ['Cereal bowl', 'Müslischale'], ['Deep enough for a whole breakfast.', 'Tief genug für ein ganzes Frühstück.']),
  p('BWL-02', 'kitchen', 'Tonwerk', 'bowl', 'none', 4990, 1450, ['Salad bowl', 'Salatschüssel'], ['Serves six, glazed inside and out.', 'Für sechs Personen, innen und außen glasiert.']),
  p('BWL-03', 'kitchen', 'Tonwerk', 'bowl', 'none', 990, 160, ['Dip bowl', 'Dipschälchen'], ['For olives, salt and small secrets.', 'Für Oliven, Salz und kleine Geheimnisse.']),
  p('BOX-01', 'kitchen', 'Tonwerk', 'box', 'none', 3490, 1100, ['Bread box', 'Brotkasten'], ['Clay that breathes: crusts stay crusts.', 'Ton, der atmet: die Kruste bleibt Kruste.']),
  p('BOX-02', 'kitchen', 'Souk', 'box', 'colour', 1490, 300, ['Tea tin', 'Teedose'], ['Closes with a soft click.', 'Schließt mit einem leisen Klick.']),
  p('LMP-01', 'lighting', 'Lumina', 'lamp', 'colour', 8900, 1900, ['Desk lamp Arc', 'Schreibtischleuchte Bogen'], ['One joint, no wobble, warm light.', 'Ein Gelenk, kein Wackeln, warmes Licht.']),
  p('LMP-02', 'lighting', 'Lumina', 'lamp', 'none', 14900, 4200, ['Floor lamp Reed', 'Stehleuchte Schilf'], ['A thin stem with a wide shade.', 'Schlanker Stiel, breiter Schirm.']),
  p('LMP-03', 'lighting', 'Lumina', 'lamp', 'colour', 5900, 900, ['Pendant lamp Dot', 'Pendelleuchte Punkt'], ['Hangs low above a table.', 'Hängt tief über dem Tisch.']),
  p('LMP-04', 'lighting', 'Lumina', 'lamp', 'none', 3900, 600, ['Night light Moth', 'Nachtlicht Motte'], ['Dim enough to sleep beside.', 'So sanft, dass man daneben schläft.']),
  p('LMP-05', 'lighting', 'Lumina', 'lamp', 'none', 11900, 2600, ['Table lamp Dune', 'Tischleuchte Düne'], ['Glass that glows like evening sand.', 'Glas, das wie Abendsand leuchtet.']),
  p('LMP-06', 'lighting', 'Souk', 'lamp', 'none', 2900, 450, ['Paper lantern', 'Papierlaterne'], ['Folds flat, lasts many summers.', 'Flach faltbar, hält viele Sommer.']),
  p('TXT-01', 'textiles', 'Webstuhl 7', 'textile', 'colour', 7900, 1200, ['Wool blanket', 'Wolldecke'], ['Woven from the wool of one flock.', 'Gewebt aus der Wolle einer Herde.']),
  p('TXT-02', 'textiles', 'Webstuhl 7', 'textile', 'colour', 2490, 350, ['Linen tea towels, set of two', 'Geschirrtücher aus Leinen, zwei Stück'], ['They dry better with every wash.', 'Trocknen mit jeder Wäsche besser.']),
  p('TXT-03', 'textiles', 'Webstuhl 7', 'textile', 'colour', 3990, 700, ['Cushion cover', 'Kissenbezug'], ['Heavy cotton with a hidden zip.', 'Feste Baumwolle mit verdecktem Reißverschluss.']),
  p('TXT-04', 'textiles', 'Webstuhl 7', 'textile', 'none', 12900, 3800, ['Kilim rug', 'Kelim-Teppich'], ['Flat-woven, both sides may lie up.', 'Flach gewebt, beide Seiten dürfen nach oben.']),
  p('TXT-05', 'textiles', 'Webstuhl 7', 'textile', 'colour', 5490, 900, ['Bath towel', 'Badetuch'], ['Large, thick and quick to dry.', 'Groß, dick und schnell trocken.']),
  p('TXT-06', 'textiles', 'Souk', 'textile', 'none', 4490, 500, ['Table runner', 'Tischläufer'], ['Block-printed by hand.', 'Von Hand mit Modeln bedruckt.']),
  p('SHT-01', 'shirts', 'Webstuhl 7', 'shirt', 'clothing', 2900, 190, ['Plain T-shirt', 'Schlichtes T-Shirt'], ['Organic cotton, no print, no slogan.', 'Bio-Baumwolle, kein Druck, kein Spruch.']),
  p('SHT-02', 'shirts', 'Webstuhl 7', 'shirt', 'clothing', 6900, 310, ['Linen shirt', 'Leinenhemd'], ['For days that begin warm.', 'Für Tage, die warm beginnen.']),
  p('SHT-03', 'shirts', 'Nordgang', 'shirt', 'clothing', 5900, 520, ['Sweatshirt', 'Sweatshirt'], ['Brushed inside, plain outside.', 'Innen angeraut, außen schlicht.']),
  p('SHT-04', 'shirts', 'Nordgang', 'shirt', 'clothing', 7900, 480, ['Flannel shirt', 'Flanellhemd'], ['Checked, soft, good by a fire.', 'Kariert, weich, gut am Feuer.']),
  p('SHT-05', 'shirts', 'Nordgang', 'shirt', 'clothing', 4900, 230, ['Striped long sleeve', 'Gestreiftes Langarmshirt'], ['Stripes like a harbour town.', 'Streifen wie in einer Hafenstadt.']),
  p('SHO-01', 'shoes', 'Nordgang', 'shoe', 'shoe', 11900, 900, ['Canvas sneaker', 'Stoffturnschuh'], ['Natural rubber under cotton.', 'Naturkautschuk unter Baumwolle.']),
  p('SHO-02', 'shoes', 'Nordgang', 'shoe', 'shoe', 18900, 1500, ['Hiking boot', 'Wanderstiefel'], ['Leather that forgives wet meadows.', 'Leder, das nasse Wiesen verzeiht.']),
  p('SHO-03', 'shoes', 'Nordgang', 'shoe', 'shoe', 6900, 600, ['Felt slipper', 'Filzpantoffel'], ['Quiet on wooden floors.', 'Leise auf Holzböden.']),
  p('SHO-04', 'shoes', 'Nordgang', 'shoe', 'shoe', 8900, 700, ['Sandal', 'Sandale'], ['Two straps and a firm sole.', 'Zwei Riemen und eine feste Sohle.']),
  p('BAG-01', 'bags', 'Nordgang', 'bag', 'colour', 9900, 950, ['Roll-top backpack', 'Rollrucksack'], ['Twenty litres, closes against rain.', 'Zwanzig Liter, schließt gegen Regen.']),
  p('BAG-02', 'bags', 'Nordgang', 'bag', 'colour', 2490, 250, ['Market tote', 'Markttasche'], ['Carries more than it should.', 'Trägt mehr, als sie müsste.']),
  p('BAG-03', 'bags', 'Souk', 'bag', 'none', 15900, 1300, ['Weekend bag', 'Reisetasche'], ['Two nights, one zip.', 'Zwei Nächte, ein Reißverschluss.']),
  p('BAG-04', 'bags', 'Souk', 'bag', 'colour', 3900, 180, ['Belt pouch', 'Gürteltasche'], ['For keys, cards and little else.', 'Für Schlüssel, Karten und wenig mehr.']),
  p('PLT-01', 'plants', 'Grünhand', 'plant', 'none', 1990, 1200, ['Rubber fig', 'Gummibaum'], ['Forgives almost everything.', 'Verzeiht fast alles.']),
  p('PLT-02', 'plants', 'Grünhand', 'plant', 'none', 2990, 2100, ['Monstera', 'Fensterblatt'], ['Grows a new leaf when you look away.', 'Treibt ein neues Blatt, wenn man wegsieht.']),
  p('PLT-03', 'plants', 'Grünhand', 'plant', 'none', 890, 400, ['Basil in a pot', 'Basilikum im Topf'], ['Pinch the tips and it stays all summer.', 'Spitzen zupfen, und es bleibt den Sommer.']),
  p('PLT-04', 'plants', 'Grünhand', 'plant', 'none', 3990, 3000, ['Olive tree', 'Olivenbäumchen'], ['Likes sun and neglect.', 'Mag Sonne und wenig Fürsorge.']),
  p('PLT-05', 'plants', 'Grünhand', 'plant', 'none', 1490, 700, ['Fern', 'Farn'], ['For the dark corner.', 'Für die dunkle Ecke.']),
  p('TOL-01', 'garden-tools', 'Grünhand', 'tool', 'none', 3490, 800, ['Hand trowel', 'Pflanzkelle'], ['Forged steel, ash handle.', 'Geschmiedeter Stahl, Griff aus Esche.']),
  p('TOL-02', 'garden-tools', 'Grünhand', 'shears', 'none', 4990, 350, ['Secateurs', 'Gartenschere'], ['Cuts green wood cleanly.', 'Schneidet frisches Holz sauber.']),
  p('TOL-03', 'garden-tools', 'Grünhand', 'can', 'colour', 3990, 900, ['Watering can', 'Gießkanne'], ['Long spout, steady hand.', 'Langer Hals, ruhige Hand.']),
  p('TOL-04', 'garden-tools', 'Grünhand', 'spade', 'none', 6990, 2200, ['Border spade', 'Damenspaten'], ['Light, sharp, not too wide.', 'Leicht, scharf, nicht zu breit.']),
  p('TOL-05', 'garden-tools', 'Grünhand', 'labels', 'none', 1290, 60, ['Plant labels, 50', 'Pflanzschilder, 50 Stück'], ['Slate that takes a pencil.', 'Schiefer, der den Bleistift annimmt.']),
  p('BOK-01', 'books', 'Blattgold Press', 'book', 'none', 2400, 520, ['A year of soups', 'Ein Jahr Suppen'], ['Fifty-two pots, one for every week.', 'Zweiundfünfzig Töpfe, einer für jede Woche.']),
  p('BOK-02', 'books', 'Blattgold Press', 'book', 'none', 3200, 880, ['The small garden', 'Der kleine Garten'], ['What to do with twenty square metres.', 'Was man mit zwanzig Quadratmetern macht.']),
  p('BOK-03', 'books', 'Blattgold Press', 'book', 'none', 1800, 300, ['Letters from the harbour', 'Briefe aus dem Hafen'], ['A novel in letters.', 'Ein Roman in Briefen.']),
  p('BOK-04', 'books', 'Blattgold Press', 'book', 'none', 4500, 1400, ['Markets of the old towns', 'Märkte der alten Städte'], ['Photographs of stalls and people.', 'Fotografien von Ständen und Menschen.']),
  p('BOK-05', 'books', 'Blattgold Press', 'book', 'none', 1600, 260, ['Knots', 'Knoten'], ['Forty of them, with drawings.', 'Vierzig davon, mit Zeichnungen.']),
  p('BOK-06', 'books', 'Blattgold Press', 'book', 'none', 2200, 410, ['Weather for walkers', 'Wetter für Wanderer'], ['Read the sky before you go.', 'Den Himmel lesen, bevor man geht.']),
  p('STA-01', 'stationery', 'Blattgold Press', 'book', 'colour', 1490, 280, ['Notebook, dotted', 'Notizbuch, gepunktet'], ['Lies flat, takes ink.', 'Liegt flach, verträgt Tinte.']),
  p('STA-02', 'stationery', 'Blattgold Press', 'book', 'none', 1190, 200, ['Sketch pad', 'Skizzenblock'], ['Rough paper for soft pencils.', 'Raues Papier für weiche Stifte.']),
  p('STA-03', 'stationery', 'Souk', 'pen', 'none', 2990, 40, ['Brass pen', 'Messingstift'], ['Heavy, refillable, ages well.', 'Schwer, nachfüllbar, altert schön.']),
  p('STA-04', 'stationery', 'Souk', 'box', 'none', 1790, 500, ['Pencil box', 'Stiftekasten'], ['Beech with a sliding lid.', 'Buche mit Schiebedeckel.']),
  p('STA-05', 'stationery', 'Souk', 'card', 'none', 990, 120, ['Postcards, set of ten', 'Postkarten, zehn Stück'], ['Ten markets, ten stamps to go.', 'Zehn Märkte, zehn Briefmarken weit.']),
  p('STA-06', 'stationery', 'Blattgold Press', 'box', 'none', 2290, 340, ['Letter set', 'Briefset'], ['Paper and envelopes for people you miss.', 'Papier und Umschläge für Menschen, die fehlen.']),
  p('KIT-01', 'kitchen', 'Souk', 'spoon', 'none', 1990, 150, ['Olive wood spoon', 'Löffel aus Olivenholz'], ['Carved from one piece.', 'Aus einem Stück geschnitzt.']),
  p('KIT-02', 'kitchen', 'Souk', 'knife', 'none', 5900, 240, ['Kitchen knife', 'Küchenmesser'], ['Carbon steel: dry it and it lasts.', 'Kohlenstoffstahl: trocknen, dann hält es.']),
  p('KIT-03', 'kitchen', 'Souk', 'box', 'none', 2690, 700, ['Spice box', 'Gewürzkasten'], ['Seven tins under one lid.', 'Sieben Dosen unter einem Deckel.']),
  p('KIT-04', 'kitchen', 'Tonwerk', 'bowl', 'none', 3990, 1300, ['Mortar', 'Mörser'], ['Granite, unpolished where it matters.', 'Granit, unpoliert, wo es zählt.']),
  p('GFT-01', 'gift-cards', 'Souk', 'card', 'value', 2500, 0, ['Gift card', 'Gutschein'], ['Sent by mail, good for everything in the shop.', 'Kommt per Mail, gilt für alles im Laden.']),
]
