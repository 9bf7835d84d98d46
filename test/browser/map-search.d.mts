export function mapSearch(search: typeof import('../../src/search/index.js')): Promise<number[]>;
