// What the pages of the app load: htmx, and the few things the browser must do by itself.
import "htmx.org";
import "./copy-button";
import "./announcer";
