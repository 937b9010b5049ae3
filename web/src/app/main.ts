// The entry of the page to play with: reads the data that Python wrote into it, works the model out, shows it.
import { mount } from "svelte";
import "../looks/looks.css";
import { Learner } from "../core/learner";
import { lines } from "../core/lines";
import { Model } from "../core/model";
import { unpack } from "../core/unpack";
import App from "./App.svelte";
import { app } from "./state.svelte";

const model = new Model(unpack(JSON.parse(document.getElementById("data")?.textContent ?? "null")));
app.open(model, lines, () => new Learner(model));
mount(App, { target: document.getElementById("app") ?? document.body });
