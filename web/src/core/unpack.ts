// The data of a page as Python packed them (src/gatewise/teach/explore/packing.py): what is repeated stands in them once.
import type { PageData } from "./data";

interface Packed {
  data: unknown;
  repeated: unknown[];
}

/** The data with everything in its place; what is repeated is one object, which nobody changes. */
export function unpack(packed: Packed): PageData {
  const known: unknown[] = [];
  const whole = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(whole);
    if (typeof value !== "object" || value === null) return value;
    if ("$" in value) return known[value.$ as number];
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, whole(each)]));
  };
  for (const each of packed.repeated) known.push(whole(each));
  return whole(packed.data) as PageData;
}
