// The entry of the page to play with: reads the data that Python wrote into it, works the model out, shows it.
import { mount } from "svelte";
import "../looks/looks.css";
import { Learner } from "../core/learner";
import { lines } from "../core/lines";
import { Model } from "../core/model";
import { unpack } from "../core/unpack";
import App from "./App.svelte";
import { app } from "./state.svelte";

const target = document.getElementById("app") ?? document.body;

/** Works the model out and shows it. */
function start(): void {
  const model = new Model(unpack(JSON.parse(document.getElementById("data")?.textContent ?? "null")));
  app.open(model, lines, () => new Learner(model));
  target.textContent = "";
  mount(App, { target });
}

// The title is on the screen before anything is worked out; a page that nobody sees yet does not wait for that.
target.append(Object.assign(document.createElement("h1"), { textContent: document.title }));
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));
