/** Starts on <div id="film" data-json="…">. */
import { Film } from './film';

const root = document.getElementById('film');
const base = new URL('.', (document.currentScript as HTMLScriptElement).src).href;
if (root) new Film(root, base).start();
