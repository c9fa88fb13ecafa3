// The composer's page, and the page of one block.
import "./editor";
import "./rich/field";
