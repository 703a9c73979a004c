import { letGo } from './growing.ts';

/**
 * Indices in order of the keys: a radix sort in three passes over as many bits as the largest key has. Those of equal keys keep their
 * order. Keys move along with their indices, and a pass writes to few places at a time: looking a million keys up, or writing to
 * thousands of places in turn, misses the processor's cache each time.
 */
export function sortedBy(keys: Uint32Array): Uint32Array {
  const count = keys.length;
  const order = new Uint32Array(count);
  let largest = 0;
  let sorted = true;
  let before = 0;
  for (let index = 0; index < count; index++) {
    const key = keys[index] ?? 0;
    order[index] = index;
    if (key < before) sorted = false;
    before = key;
    if (key > largest) largest = key;
  }
  if (sorted) return order;
  const bits = Math.max(1, Math.ceil((32 - Math.clz32(largest)) / 3));
  const places = firstPlaces(keys, bits);
  const one: Pairs = { keys: new Uint32Array(count), items: new Uint32Array(count) };
  const two: Pairs = { keys: new Uint32Array(count), items: order };
  distribute({ keys, items: order }, one, places, 0, bits);
  distribute(one, two, places, 1, bits);
  distribute(two, one, places, 2, bits);
  letGo(one.keys, two.keys, two.items);
  return one.items;
}

interface Pairs {
  readonly keys: Uint32Array;
  readonly items: Uint32Array;
}

/** Where the first key with each digit goes: a table for each pass, one behind the other. */
function firstPlaces(keys: Uint32Array, bits: number): Uint32Array {
  const digits = 1 << bits;
  const mask = digits - 1;
  const places = new Uint32Array(3 * digits);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? 0;
    const low = key & mask;
    const middle = digits + ((key >>> bits) & mask);
    const high = 2 * digits + (key >>> (2 * bits));
    places[low] = (places[low] ?? 0) + 1;
    places[middle] = (places[middle] ?? 0) + 1;
    places[high] = (places[high] ?? 0) + 1;
  }
  let sum = 0;
  for (let slot = 0; slot < places.length; slot++) {
    if ((slot & mask) === 0) sum = 0;
    const here = places[slot] ?? 0;
    places[slot] = sum;
    sum += here;
  }
  return places;
}

/** Puts pairs in order of the keys' digit number `pass`. */
function distribute(from: Pairs, to: Pairs, places: Uint32Array, pass: number, bits: number): void {
  const { keys, items } = from;
  const { keys: keysTo, items: itemsTo } = to;
  const mask = (1 << bits) - 1;
  const base = pass << bits;
  const shift = pass * bits;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? 0;
    const slot = base + ((key >>> shift) & mask);
    const place = places[slot] ?? 0;
    places[slot] = place + 1;
    keysTo[place] = key;
    itemsTo[place] = items[index] ?? 0;
  }
}
