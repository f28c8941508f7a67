/** A part of a country that belongs to every address there. */
export interface Region {
  /** as the post office writes it */
  readonly code: string
  readonly name: string
  /** what postal codes there begin with: `350-369` for three digits in between, `K` for a letter */
  readonly postalCodes: string
}

/** `AL Alabama 350-369` is a line; what postal codes begin with is separated by commas. */
const table = (text: string): readonly Region[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [, code = '', name = '', postalCodes = ''] = /^\s*(\S+) (.+) (\S+)$/.exec(line) ?? []
      return { code, name, postalCodes }
    })

/** By country; where there is no list, a region is whatever somebody writes. */
export const REGIONS: Readonly<Record<string, readonly Region[]>> = {
  US: table(`
    AL Alabama 350-369
    AK Alaska 995-999
    AZ Arizona 850-865
    AR Arkansas 716-729,755
    CA California 900-961
    CO Colorado 800-816
    CT Connecticut 060-069
    DE Delaware 197-199
    DC District of Columbia 200-205,569
    FL Florida 320-349
    GA Georgia 300-319,398-399
    HI Hawaii 967-968
    ID Idaho 832-838
    IL Illinois 600-629
    IN Indiana 460-479
    IA Iowa 500-528
    KS Kansas 660-679
    KY Kentucky 400-427
    LA Louisiana 700-714
    ME Maine 039-049
    MD Maryland 206-219
    MA Massachusetts 010-027,055
    MI Michigan 480-499
    MN Minnesota 550-567
    MS Mississippi 386-397
    MO Missouri 630-658
    MT Montana 590-599
    NE Nebraska 680-693
    NV Nevada 889-898
    NH New Hampshire 030-038
    NJ New Jersey 070-089
    NM New Mexico 870-884
    NY New York 005,063,100-149
    NC North Carolina 270-289
    ND North Dakota 580-588
    OH Ohio 430-459
    OK Oklahoma 730-749
    OR Oregon 970-979
    PA Pennsylvania 150-196
    PR Puerto Rico 006-009
    RI Rhode Island 028-029
    SC South Carolina 290-299
    SD South Dakota 570-577
    TN Tennessee 370-385
    TX Texas 733,750-799,885
    UT Utah 840-847
    VT Vermont 050-059
    VI Virgin Islands 008
    VA Virginia 201,220-246
    WA Washington 980-994
    WV West Virginia 247-268
    WI Wisconsin 530-549
    WY Wyoming 820-834
    GU Guam 969
    AS American Samoa 967
    MP Northern Mariana Islands 969
    AA Armed Forces Americas 340
    AE Armed Forces Europe 090-098
    AP Armed Forces Pacific 962-966`),
  CA: table(`
    AB Alberta T
    BC British Columbia V
    MB Manitoba R
    NB New Brunswick E
    NL Newfoundland and Labrador A
    NT Northwest Territories X
    NS Nova Scotia B
    NU Nunavut X
    ON Ontario K,L,M,N,P
    PE Prince Edward Island C
    QC Quebec G,H,J
    SK Saskatchewan S
    YT Yukon Y`),
  AU: table(`
    ACT Australian Capital Territory 020-029,260-261,290-292
    NSW New South Wales 100-299
    NT Northern Territory 080-099
    QLD Queensland 400-499,900-999
    SA South Australia 500-599
    TAS Tasmania 700-799
    VIC Victoria 300-399,800-899
    WA Western Australia 600-699`),
}

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()

/** The region that somebody means by its code or name, however it is written; undefined where it is none. */
export function regionOf(country: string, text: string): Region | undefined {
  const wanted = plain(text)
  return REGIONS[country]?.find(({ code, name }) => plain(code) === wanted || plain(name) === wanted)
}

/** True where postal codes like this are found in the region. */
export function fitsRegion({ postalCodes }: Region, postalCode: string): boolean {
  return postalCodes.split(',').some((range) => {
    const [from = '', to = from] = range.split('-')
    const start = postalCode.slice(0, from.length)
    return start >= from && start <= to
  })
}
