// The signals under the built page's components: what runs again, when, in which order, and what ends.
import { describe, expect, it, vi } from "vitest";
import * as all from "../../src/svelte/signals";

const { derived, effect, end, flushSync, get, inRoot, set, state, tick, untrack } = all;

/** What an effect saw, run by run. */
function seen<T>(fn: () => T, kind: all.Kind = "fill"): T[] {
  const values: T[] = [];
  inRoot(() => effect(kind, () => void values.push(fn())));
  return values;
}

describe("what is derived", () => {
  it("is worked out when it is read, and again only after a change", () => {
    const work = vi.fn((x: number) => x * x);
    const x = state(3);
    const square = derived(() => work(get(x)));
    expect(work).not.toHaveBeenCalled();
    expect([get(square), get(square)]).toEqual([9, 9]);
    expect(work).toHaveBeenCalledTimes(1);
    set(x, 4);
    expect(get(square)).toBe(16);
  });

  it("does not run its readers again where it comes out the same", () => {
    const x = state(1);
    const isOdd = derived(() => get(x) % 2 === 1);
    const values = seen(() => get(isOdd));
    set(x, 3);
    flushSync();
    expect(values).toEqual([true]);
    set(x, 4);
    flushSync();
    expect(values).toEqual([true, false]);
  });

  it("is seen as a whole: nobody sees one of two that changed together", () => {
    const x = state(1);
    const [next, double] = [derived(() => get(x) + 1), derived(() => 2 * get(x))];
    const values = seen(() => [get(next), get(double)]);
    set(x, 5);
    flushSync();
    expect(values).toEqual([
      [2, 2],
      [6, 10],
    ]);
  });

  it("goes on to run who read it beside what it is derived from", () => {
    const x = state(1);
    const next = derived(() => get(x) + 1);
    const values = seen(() => [get(x), get(next)]);
    for (const value of [2, 3, 4]) {
      set(x, value);
      flushSync();
    }
    expect(values).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
  });

  it("keeps its last value when what it belongs to has ended", () => {
    const x = state(1);
    let own: all.Derived<number> | undefined;
    let branch: all.Effect | undefined;
    inRoot(() => {
      branch = effect("branch", () => void (own = derived(() => get(x))));
    });
    expect(get(own as all.Derived<number>)).toBe(1);
    end(branch as all.Effect);
    set(x, 2);
    expect(get(own as all.Derived<number>)).toBe(1);
  });

  it("sets no state", () => {
    const x = state(1);
    expect(() => get(derived(() => set(x, 2)))).toThrow("what is derived sets no state");
  });
});

describe("an effect", () => {
  it("runs again after what it read last, not before", () => {
    const [which, a, b] = [state("a"), state(1), state(10)];
    const values = seen(() => (get(which) === "a" ? get(a) : get(b)));
    set(b, 11);
    flushSync();
    expect(values).toEqual([1]);
    set(which, "b");
    flushSync();
    set(a, 2);
    flushSync();
    expect(values).toEqual([1, 11]);
  });

  it("follows nothing that it reads untracked", () => {
    const x = state(1);
    const values = seen(() => untrack(() => get(x)));
    set(x, 2);
    flushSync();
    expect(values).toEqual([1]);
  });

  it("runs once for many changes, in the next microtask", async () => {
    const [x, y] = [state(1), state(1)];
    const values = seen(() => get(x) + get(y));
    set(x, 2);
    set(y, 2);
    expect(values).toEqual([2]);
    await tick();
    expect(values).toEqual([2, 4]);
  });

  it("does not run within a branch that ends with the same change", () => {
    const thing = state<{ name: string } | null>({ name: "one" });
    const names: string[] = [];
    const name = (): unknown => names.push((get(thing) as { name: string }).name);
    let branch: all.Effect | null = null;
    inRoot(() =>
      effect("choose", () => {
        if (branch) end(branch);
        branch = get(thing) && effect("branch", () => void effect("fill", name));
      }),
    );
    set(thing, null);
    flushSync();
    set(thing, { name: "two" });
    flushSync();
    expect(names).toEqual(["one", "two"]);
  });

  it("ends before it runs again, and with what it stands in", () => {
    const x = state(1);
    const said: string[] = [];
    let branch: all.Effect | undefined;
    inRoot(() => {
      branch = effect("branch", () => {
        effect("later", () => {
          const value = get(x);
          said.push(`begin ${value}`);
          return () => said.push(`end ${value}`);
        });
      });
    });
    flushSync();
    set(x, 2);
    flushSync();
    end(branch as all.Effect);
    set(x, 3);
    flushSync();
    expect(said).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
  });

  it("that comes later runs after all that fill elements, and may set what they read", () => {
    const [x, copy] = [state(1), state(0)];
    const said: string[] = [];
    inRoot(() => {
      effect("later", () => void set(copy, get(x)));
      effect("fill", () => void said.push(`x ${get(x)}`));
      effect("fill", () => void said.push(`copy ${get(copy)}`));
    });
    flushSync();
    set(x, 2);
    flushSync();
    expect(said).toEqual(["x 1", "copy 0", "copy 1", "x 2", "copy 2"]);
  });

  it("that sets itself off without end is stopped", () => {
    const x = state(1);
    let branch: all.Effect | undefined;
    inRoot(() => {
      branch = effect("branch", () => void effect("later", () => void set(x, get(x) + 1)));
    });
    expect(() => flushSync()).toThrow("without end");
    end(branch as all.Effect);
    flushSync();
  });

  it("that fails is told of, and keeps no other from running", () => {
    vi.useFakeTimers();
    const x = state(1);
    const values = seen(() => {
      if (get(x) === 2) throw new Error("not 2");
      return get(x);
    });
    const others = seen(() => get(x));
    set(x, 2);
    flushSync();
    expect(() => vi.runAllTimers()).toThrow("not 2");
    set(x, 3);
    flushSync();
    vi.useRealTimers();
    expect([values, others]).toEqual([
      [1, 3],
      [1, 2, 3],
    ]);
  });
});

it("an object in a state that is not raw is an error", () => {
  expect(() => all.proxy({ a: 1 })).toThrow("$state.raw");
  expect(() => set(state<unknown>(1), [1], true)).toThrow("$state.raw");
});
