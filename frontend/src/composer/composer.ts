// The composer's page, and the page of one block.
import "./editor";
import "./rich/field";
import "./take-picture";
import { catchDrops, catchPaste } from "./drops";

catchDrops(document);
document.addEventListener("paste", catchPaste);
