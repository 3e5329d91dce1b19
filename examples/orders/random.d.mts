export interface Random {
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
  digits(count: number): string;
  shuffle<T>(list: readonly T[]): T[];
}

export function randomFrom(seed: number): Random;
