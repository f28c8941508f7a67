import type { DocumentOf } from '../documents.ts'

type Page = DocumentOf<'page'>

const page = (en: Page['texts'][string], de: Page['texts'][string]): Page => ({ kind: 'page', texts: { en, de } })

/** Pages of the demo shop. A shop that really sells writes its own: these are no advice in law. */
export const pages: Readonly<Record<string, Page>> = {
  about: page(
    {
      title: 'About us',
      description: 'Who stands behind the stalls.',
      body: `Souk began as a table at a weekly market. Today it is a roof for a few dozen workshops that make things for the house.

## How we choose

- We visit every workshop before it gets a stall.
- What breaks can be mended or bought again, piece by piece.
- Makers set their prices; we take the same share from all.

## Come by

The stalls are open to everybody every first Saturday of the month. Bring something that needs mending.
`,
    },
    {
      title: 'Über uns',
      description: 'Wer hinter den Ständen steht.',
      body: `Souk begann als Tisch auf einem Wochenmarkt. Heute ist es ein Dach für ein paar Dutzend Werkstätten, die Dinge fürs Haus machen.

## Wie wir auswählen

- Wir besuchen jede Werkstatt, bevor sie einen Stand bekommt.
- Was zerbricht, lässt sich reparieren oder einzeln nachkaufen.
- Die Preise machen die Werkstätten; wir nehmen von allen denselben Anteil.

## Vorbeikommen

Am ersten Samstag im Monat sind die Stände für alle offen. Bringen Sie etwas mit, das repariert werden will.
`,
    },
  ),
  shipping: page(
    {
      title: 'Shipping',
      description: 'How long it takes, and with whom it comes.',
      body: `What is in stock leaves the house the next working day. The checkout shows what shipping costs to your address before you pay.

| To | Working days |
|-|-|
| Germany | 1–3 |
| European Union | 3–6 |
| elsewhere | 5–12 |

As soon as the carrier has the parcel you get a mail with a link to follow it. Without an account, [find your order here](/track).
`,
    },
    {
      title: 'Versand',
      description: 'Wie lange es dauert und mit wem es kommt.',
      body: `Was auf Lager ist, verlässt am nächsten Werktag das Haus. Was der Versand an Ihre Adresse kostet, zeigt die Kasse vor dem Bezahlen.

| Nach | Werktage |
|-|-|
| Deutschland | 1–3 |
| Europäische Union | 3–6 |
| anderswohin | 5–12 |

Sobald das Paket unterwegs ist, bekommen Sie eine Mail mit einem Link zur Sendung. Ohne Konto [finden Sie Ihre Bestellung hier](/track).
`,
    },
  ),
  returns: page(
    {
      title: 'Returns',
      description: 'Thirty days to change your mind.',
      body: `You have 30 days from the day the parcel arrives. Open the order [in your account](/account), choose what goes back and why, and print the label.

1. We look at what came back within two working days.
2. The money goes back the way it came.
3. An exchange keeps the price you paid; you pay or get the difference.

Something arrived broken? Send a picture with the return. You do not pay for the way back.
`,
    },
    {
      title: 'Rückgabe',
      description: 'Dreißig Tage Bedenkzeit.',
      body: `Sie haben 30 Tage ab dem Tag, an dem das Paket ankommt. Öffnen Sie die Bestellung [in Ihrem Konto](/account), wählen Sie, was zurückgeht und warum, und drucken Sie das Etikett.

1. Was zurückkommt, sehen wir uns innerhalb von zwei Werktagen an.
2. Das Geld geht den Weg zurück, den es kam.
3. Beim Umtausch bleibt der Preis, den Sie gezahlt haben; Sie zahlen oder bekommen den Unterschied.

Etwas kam zerbrochen an? Schicken Sie ein Bild mit. Den Rückweg zahlen wir.
`,
    },
  ),
  terms: page(
    {
      title: 'Terms',
      description: 'What holds between you and the demo shop.',
      body: `This is a demonstration shop: nothing is charged and nothing is sent. The following shows what such a page looks like.

## 1. Contract

Your order is an offer. The contract is made when we confirm the order by mail.

## 2. Prices

Prices include value added tax. Shipping is added and shown before you order.

## 3. Payment

By card, wallet or bank, as the checkout offers. Money is taken when the goods are set aside for you.
`,
    },
    {
      title: 'AGB',
      description: 'Was zwischen Ihnen und dem Demoladen gilt.',
      body: `Dies ist ein Laden zum Ausprobieren: es wird nichts abgebucht und nichts verschickt. So sieht eine solche Seite aus.

## 1. Vertrag

Ihre Bestellung ist ein Angebot. Der Vertrag kommt mit unserer Bestätigung per Mail zustande.

## 2. Preise

Die Preise enthalten die Umsatzsteuer. Der Versand kommt dazu und steht vor der Bestellung da.

## 3. Zahlung

Mit Karte, Wallet oder Bank, wie die Kasse es anbietet. Abgebucht wird, wenn die Ware für Sie zurückgelegt ist.
`,
    },
  ),
  privacy: page(
    {
      title: 'Privacy',
      description: 'What we know of you, why, and for how long.',
      body: `We keep what an order needs: name, address, what you bought. Card numbers never reach us.

- **Cookies**: one, which keeps your cart and your sign-in. No others, and none of other companies.
- **What you looked at** is remembered only if you agree, and forgotten when you say so.
- **Everything we know about you** you can download, and your account you can delete, [under your data](/account/data).
`,
    },
    {
      title: 'Datenschutz',
      description: 'Was wir von Ihnen wissen, warum und wie lange.',
      body: `Wir bewahren auf, was eine Bestellung braucht: Name, Adresse, was Sie gekauft haben. Kartennummern erreichen uns nie.

- **Cookies**: eines, für Warenkorb und Anmeldung. Keine anderen, und keine von anderen Unternehmen.
- **Was Sie angesehen haben**, merken wir uns nur, wenn Sie zustimmen, und vergessen es, wenn Sie es sagen.
- **Alles, was wir über Sie wissen**, können Sie herunterladen und Ihr Konto löschen, [unter Ihre Daten](/account/data).
`,
    },
  ),
  imprint: page(
    {
      title: 'Imprint',
      description: 'Who runs this shop.',
      body: `Souk demo shop\\
Market Hall 1\\
10115 Berlin\\
Germany

E-mail: [shop@example.com](mailto:shop@example.com)

Nobody trades here: this is a demonstration.
`,
    },
    {
      title: 'Impressum',
      description: 'Wer diesen Laden betreibt.',
      body: `Souk-Demoladen\\
Markthalle 1\\
10115 Berlin\\
Deutschland

E-Mail: [shop@example.com](mailto:shop@example.com)

Hier handelt niemand: dies ist ein Laden zum Ausprobieren.
`,
    },
  ),
}
