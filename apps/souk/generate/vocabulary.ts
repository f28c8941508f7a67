/** Words that generated catalogues are made of: English and German, side by side. */

export type Pair = readonly [english: string, german: string]
const pairs = (text: string): Pair[] =>
  text
    .trim()
    .split('\n')
    .flatMap((line) => line.split(','))
    .map((pair) => pair.trim().split('/') as [string, string])

/** Departments with the things they sell. */
export const departments: readonly { readonly title: Pair; readonly things: readonly Pair[] }[] = `
Lighting/Leuchten: table lamp/Tischlampe, floor lamp/Stehlampe, pendant light/Pendelleuchte, wall lamp/Wandleuchte, lantern/Laterne, fairy lights/Lichterkette, night light/Nachtlicht, desk lamp/Schreibtischlampe, ceiling light/Deckenleuchte, spotlight/Strahler, candle holder/Kerzenhalter, light bulb/Glühbirne
Kitchen/Küche: mug/Becher, teapot/Teekanne, frying pan/Bratpfanne, saucepan/Kochtopf, chopping board/Schneidebrett, kitchen knife/Küchenmesser, mixing bowl/Rührschüssel, cake tin/Backform, storage jar/Vorratsglas, colander/Sieb, apron/Schürze, oven glove/Ofenhandschuh
Tableware/Geschirr: dinner plate/Speiseteller, soup bowl/Suppenschale, wine glass/Weinglas, tumbler/Trinkglas, cutlery set/Besteckset, napkin/Serviette, tablecloth/Tischdecke, salt mill/Salzmühle, serving tray/Tablett, egg cup/Eierbecher, carafe/Karaffe, cake stand/Tortenständer
Bedroom/Schlafzimmer: duvet cover/Bettbezug, pillow/Kissen, blanket/Decke, mattress/Matratze, bedside table/Nachttisch, wardrobe/Kleiderschrank, alarm clock/Wecker, bed frame/Bettgestell, quilt/Steppdecke, throw/Überwurf, mirror/Spiegel, dressing gown/Morgenmantel
Bathroom/Bad: towel/Handtuch, bath mat/Badematte, soap dish/Seifenschale, shower curtain/Duschvorhang, toothbrush holder/Zahnputzbecher, laundry basket/Wäschekorb, bath robe/Bademantel, sponge/Schwamm, bathroom scale/Personenwaage, soap dispenser/Seifenspender, hand soap/Handseife, bath salt/Badesalz
Living room/Wohnzimmer: sofa/Sofa, armchair/Sessel, coffee table/Couchtisch, bookshelf/Bücherregal, cushion/Zierkissen, rug/Teppich, curtain/Vorhang, picture frame/Bilderrahmen, vase/Vase, wall clock/Wanduhr, side table/Beistelltisch, footstool/Hocker
Garden/Garten: flower pot/Blumentopf, watering can/Gießkanne, garden chair/Gartenstuhl, parasol/Sonnenschirm, bird house/Vogelhaus, hammock/Hängematte, garden hose/Gartenschlauch, spade/Spaten, rake/Rechen, planter/Pflanzkübel, barbecue/Grill, garden gnome/Gartenzwerg
Tools/Werkzeug: hammer/Hammer, screwdriver/Schraubendreher, cordless drill/Akkubohrer, spirit level/Wasserwaage, pliers/Zange, saw/Säge, tool box/Werkzeugkasten, sander/Schleifer, wrench/Schraubenschlüssel, tape measure/Maßband, work bench/Werkbank, ladder/Leiter
Clothing/Kleidung: t-shirt/T-Shirt, sweatshirt/Sweatshirt, jeans/Jeans, dress/Kleid, skirt/Rock, jacket/Jacke, coat/Mantel, cardigan/Strickjacke, shirt/Hemd, trousers/Hose, pyjamas/Schlafanzug, vest/Weste
Shoes/Schuhe: trainers/Turnschuhe, boots/Stiefel, sandals/Sandalen, slippers/Hausschuhe, loafers/Slipper, running shoes/Laufschuhe, hiking boots/Wanderstiefel, ankle boots/Stiefeletten, ballet flats/Ballerinas, rubber boots/Gummistiefel, clogs/Clogs, shoe laces/Schnürsenkel
Accessories/Accessoires: scarf/Schal, belt/Gürtel, hat/Hut, gloves/Handschuhe, handbag/Handtasche, backpack/Rucksack, wallet/Geldbörse, sunglasses/Sonnenbrille, umbrella/Regenschirm, necklace/Halskette, bracelet/Armband, earrings/Ohrringe
Toys/Spielzeug: teddy bear/Teddybär, building blocks/Bauklötze, puzzle/Puzzle, doll/Puppe, toy train/Spielzeugeisenbahn, board game/Brettspiel, kite/Drachen, spinning top/Kreisel, rocking horse/Schaukelpferd, marble run/Murmelbahn, playing cards/Spielkarten, doll house/Puppenhaus
Stationery/Schreibwaren: notebook/Notizbuch, fountain pen/Füller, pencil case/Federmäppchen, greeting card/Grußkarte, wrapping paper/Geschenkpapier, calendar/Kalender, sticker set/Stickerset, envelope/Umschlag, stapler/Hefter, ruler/Lineal, paint box/Malkasten, photo album/Fotoalbum
Sports/Sport: yoga mat/Yogamatte, dumbbell/Hantel, football/Fußball, tennis racket/Tennisschläger, skipping rope/Springseil, water bottle/Trinkflasche, bicycle helmet/Fahrradhelm, swimming goggles/Schwimmbrille, sleeping bag/Schlafsack, tent/Zelt, gym bag/Sporttasche, fitness band/Fitnessband
Electronics/Elektronik: headphones/Kopfhörer, loudspeaker/Lautsprecher, radio/Radio, charger/Ladegerät, power bank/Powerbank, keyboard/Tastatur, computer mouse/Computermaus, monitor/Monitor, webcam/Webcam, tripod/Stativ, memory card/Speicherkarte, phone case/Handyhülle
Baby/Baby: baby bottle/Babyflasche, dummy/Schnuller, pram/Kinderwagen, bib/Lätzchen, baby blanket/Babydecke, rattle/Rassel, high chair/Hochstuhl, changing mat/Wickelunterlage, romper/Strampler, cot/Kinderbett, baby monitor/Babyphon, mobile/Mobile
Pets/Haustiere: dog bed/Hundebett, cat tree/Kratzbaum, dog lead/Hundeleine, food bowl/Futternapf, bird cage/Vogelkäfig, aquarium/Aquarium, pet brush/Tierbürste, cat toy/Katzenspielzeug, dog coat/Hundemantel, rabbit hutch/Kaninchenstall, scratching post/Kratzstamm, dog biscuits/Hundekekse
Food/Lebensmittel: green tea/Grüntee, coffee beans/Kaffeebohnen, dark chocolate/Zartbitterschokolade, honey/Honig, olive oil/Olivenöl, strawberry jam/Erdbeermarmelade, biscuits/Kekse, spice mix/Gewürzmischung, pasta/Nudeln, muesli/Müsli, vinegar/Essig, fruit tea/Früchtetee
Beauty/Schönheit: hand cream/Handcreme, lip balm/Lippenbalsam, shampoo/Shampoo, perfume/Parfum, nail varnish/Nagellack, hair brush/Haarbürste, face mask/Gesichtsmaske, body lotion/Körperlotion, make-up bag/Kosmetiktasche, razor/Rasierer, bath bomb/Badekugel, comb/Kamm
Party/Feier: balloon/Luftballon, bunting/Wimpelkette, paper plate/Pappteller, birthday candle/Geburtstagskerze, gift bag/Geschenktüte, party hat/Partyhut, christmas bauble/Christbaumkugel, advent calendar/Adventskalender, paper straw/Papierstrohhalm, confetti/Konfetti, garland/Girlande, cake topper/Tortenfigur`
  .trim()
  .split('\n')
  .map((line) => {
    const at = line.indexOf(':')
    return { title: pairs(line.slice(0, at))[0]!, things: pairs(line.slice(at + 1)) }
  })

export const styles = pairs(`
vintage/Vintage, modern/moderner, rustic/rustikaler, minimalist/minimalistischer, classic/klassischer, scandinavian/skandinavischer, industrial/industrieller
romantic/romantischer, oriental/orientalischer, retro/Retro, nautical/maritimer, colourful/bunter, elegant/eleganter, playful/verspielter, folding/faltbarer, compact/kompakter
luxury/Luxus, organic/biologischer, handmade/handgemachter, professional/professioneller`)

export const adjectives = pairs(`
hanging/hängend, striped/gestreift, spotted/gepunktet, small/klein, large/groß, round/rund, square/quadratisch, soft/weich, light/leicht, strong/stark, waterproof/wasserdicht
foldable/klappbar, embroidered/bestickt, painted/bemalt, engraved/graviert, brushed/gebürstet, polished/poliert, woven/gewebt, knitted/gestrickt, quilted/gesteppt, reversible/wendbar
adjustable/verstellbar, portable/tragbar, rechargeable/aufladbar, stackable/stapelbar, washable/waschbar, insulated/isoliert, decorative/dekorativ, miniature/Miniatur, giant/riesig`)

export const materials = pairs(`
cotton/Baumwolle, oak/Eiche, steel/Stahl, glass/Glas, ceramic/Keramik, leather/Leder, wool/Wolle, linen/Leinen, bamboo/Bambus, copper/Kupfer, porcelain/Porzellan, velvet/Samt
silk/Seide, aluminium/Aluminium, rattan/Rattan, cork/Kork, felt/Filz, marble/Marmor, brass/Messing, paper/Papier`)

export const colours = pairs(`
black/Schwarz, white/Weiß, red/Rot, blue/Blau, green/Grün, grey/Grau, yellow/Gelb, pink/Rosa, brown/Braun, orange/Orange, purple/Lila, turquoise/Türkis, beige/Beige, gold/Gold, silver/Silber, navy/Marine`)

export const sizes = ['XS', 'S', 'M', 'L', 'XL', 'XXL']

export const uses = pairs(`
for every day/für jeden Tag, for guests/für Gäste, for children/für Kinder, for the holidays/für die Ferien, as a present/zum Verschenken, for the office/fürs Büro, for the weekend/fürs Wochenende, for small rooms/für kleine Räume`)

export const syllables =
  'ba be bo da de do fa fe fi ga go ha he ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe po ra re ri ro sa se si so ta te ti to va ve vi vo wa we za ze zo'.split(
    ' ',
  )
