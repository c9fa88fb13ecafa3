"""Tables: foreign keys point down the order of the layers, and every row belongs to one workspace."""

from sqlalchemy import ForeignKey, Table

from mailer.models import Base
from tests.architecture.sources import read_layers

# People belong to the installation: one address signs in everywhere and is a member where it was added.
# Relays of MAILER_SMTP_URL have quotas, too, and a domain's good name is not a workspace's.
OF_THE_INSTALLATION = {"workspaces", "users", "sign_in_links", "user_sessions", "sending_quotas", "sender_domains"} | {
    "relay_troubles",
    "link_requests",  # asked of the whole installation, and gone within seconds
}

# Rows that belong to a workspace through the row they are a part of.
PARENTS = {
    "batch_reasons": "dispatches",
    "batches": "dispatches",
    "address_changes": "subscribers",
    "blocks": "issues",
    "delivery_notes": "dispatches",
    "issue_steps": "issues",
    "issue_templates": "newsletters",
    "issue_texts": "issues",
    "derivatives": "assets",
    "dispatch_lists": "dispatches",
    "dispatch_times": "dispatches",
    "newsletter_lists": "newsletters",
    "presences": "issues",
    "revisions": "issues",
    "saved_blocks": "newsletters",
    "share_counts": "issues",
    "stopped_counts": "newsletters",
    "snapshot_variants": "snapshots",
    "subscriptions": "lists",
    "vote_sums": "issues",
    "votes": "issues",
    "web_versions": "issues",
}
# Rows of a batch, which has the foreign key for all of them.
OF_A_BATCH = {"deliveries"}
# The first names somebody who may have been erased; what was sent is told nevertheless.
WITHOUT_KEY = {"deliveries.subscriber_id", "deliveries.dispatch_id"}


def list_keys() -> list[ForeignKey]:
    return [key for table in Base.metadata.sorted_tables for key in table.foreign_keys]


def concept_of(table: Table) -> str:
    module = next(mapper.class_.__module__ for mapper in Base.registry.mappers if mapper.local_table is table)
    return module.split(".")[1]


def test_foreign_keys_point_down_the_order() -> None:
    height = read_layers()
    upwards = []
    for key in list_keys():
        source, target = concept_of(key.parent.table), concept_of(key.column.table)
        if height[source] < height[target]:
            upwards.append(f"{key.parent} → {key.column}")
    assert not upwards


def test_no_two_concepts_hold_keys_of_each_other() -> None:
    pairs = {(concept_of(key.parent.table), concept_of(key.column.table)) for key in list_keys()}
    assert not {(one, other) for one, other in pairs if one < other and (other, one) in pairs}


def test_every_row_belongs_to_a_workspace() -> None:
    stray = []
    for table in Base.metadata.sorted_tables:
        if table.name in OF_THE_INSTALLATION | OF_A_BATCH:
            continue
        root = table
        while root.name in PARENTS:
            root = _follow(root, PARENTS[root.name])
        if not any(key.column.table.name == "workspaces" for key in root.c.workspace_id.foreign_keys):
            stray.append(table.name)
    assert not stray


def test_no_exception_outlives_its_table() -> None:
    assert OF_THE_INSTALLATION | OF_A_BATCH | PARENTS.keys() <= set(Base.metadata.tables)
    assert not [name for name in PARENTS if "workspace_id" in Base.metadata.tables[name].c]


def test_every_id_of_another_row_is_a_foreign_key() -> None:
    bare = {
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.c
        if column.name.endswith("_id") and column.name != "block_id" and not column.foreign_keys
    }
    assert bare == WITHOUT_KEY


def _follow(table: Table, parent: str) -> Table:
    """Return the table that a required foreign key of `table` leads to."""
    keys = [key for key in table.foreign_keys if key.column.table.name == parent and not key.parent.nullable]
    assert keys, f"{table.name} has no required foreign key to {parent}"
    return keys[0].column.table
