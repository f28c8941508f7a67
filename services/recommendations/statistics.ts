/** Tests of significance, pure. Formulas: NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3 (two proportions) and 1.3.5.15 (chi-square). */

export interface Proportion {
  readonly hits: number
  readonly of: number
}

export interface Difference {
  /** of the shares, the second less the first */
  readonly difference: number
  /** 95 % interval of the difference, with the shares' own variances */
  readonly low: number
  readonly high: number
  readonly z: number
  /** two-sided */
  readonly p: number
}

const Z95 = 1.959964

/** Two-proportion z-test with pooled variance. Undefined where one side is empty, or nobody or everybody hit. */
export function compareProportions(control: Proportion, other: Proportion): Difference | undefined {
  if (control.of === 0 || other.of === 0) return undefined
  const [a, b] = [control.hits / control.of, other.hits / other.of]
  const pooled = (control.hits + other.hits) / (control.of + other.of)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / control.of + 1 / other.of))
  if (error === 0) return undefined
  const difference = b - a
  const z = difference / error
  const spread = Z95 * Math.sqrt((a * (1 - a)) / control.of + (b * (1 - b)) / other.of)
  // The square of a normal value is chi-square with one degree of freedom.
  return { difference, low: difference - spread, high: difference + spread, z, p: chiSquareTail(z * z, 1) }
}

/** Chance of groups as uneven as these, or more, when each subject falls into one by `weights`. Small: something is broken. */
export function sampleRatioMismatch(observed: readonly number[], weights: readonly number[]): number {
  const total = observed.reduce((sum, value) => sum + value, 0)
  const weight = weights.reduce((sum, value) => sum + value, 0)
  if (total === 0 || observed.length < 2) return 1
  const statistic = observed.reduce((sum, value, at) => {
    const expected = (total * weights[at]!) / weight
    return sum + (value - expected) ** 2 / expected
  }, 0)
  return chiSquareTail(statistic, observed.length - 1)
}

/** Chance that a chi-square value is larger: the upper incomplete gamma function Q(df/2, x/2), by series or continued fraction (DLMF 8.11.4, 8.9.2). */
export function chiSquareTail(value: number, degrees: number): number {
  if (value <= 0) return 1
  const [s, x] = [degrees / 2, value / 2]
  const front = Math.exp(s * Math.log(x) - x - logGamma(s))
  if (x < s + 1) {
    let term = 1 / s
    let sum = term
    for (let n = 1; n < 1000 && term > sum * 1e-15; n += 1) {
      term *= x / (s + n)
      sum += term
    }
    return Math.max(0, 1 - front * sum)
  }
  // Lentz's method
  let b = x + 1 - s
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 1000; n += 1) {
    const a = -n * (n - s)
    b += 2
    d = 1 / (a * d + b)
    c = b + a / c
    const step = c * d
    fraction *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return front * fraction
}

/** Logarithm of the gamma function of halves and wholes: Γ(1/2) = √π, Γ(1) = 1, Γ(s + 1) = s Γ(s). */
function logGamma(s: number): number {
  let log = Number.isInteger(s) ? 0 : Math.log(Math.PI) / 2
  for (let at = Number.isInteger(s) ? 1 : 0.5; at < s; at += 1) log += Math.log(at)
  return log
}
