/** Starts on <div id="film" data-json="…" data-codec="…" data-wasm="…">. */
import { Film } from './film';

const root = document.getElementById('film');
if (root) new Film(root).start();
