// For pages that follow what happens: htmx, which fetches their parts anew.
import "htmx.org";
import "./announcer";
