// What reader pages load; every one of them works without it.
import "./copy-button";
import "./count-visit";
import "./mail-draft";
import "./share-button";
import "./show-faults";
