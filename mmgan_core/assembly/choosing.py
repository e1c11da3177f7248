"""One component chosen by its id, its options checked."""

from __future__ import annotations

from collections.abc import Mapping

from mmgan_core.assembly.blueprint import Part
from mmgan_core.assembly.scheduled import Clock, scheduled_options
from mmgan_core.plugins.catalogue import Catalogue, catalogue
from mmgan_core.spec import Kind


def chosen_part(
    kind: Kind,
    use: str,
    options: Mapping[str, object],
    where: str,
    known: Catalogue | None = None,
    clock: Clock | None = None,
) -> Part:
    """The component ``use`` with these options, ready to be built.

    Args:
        where: the place in the recipe, for messages.
        known: the components to choose from; default: the installed ones.
        clock: what options that are schedules follow; without it there can be none.

    Raises:
        PluginMissing: if its plugin is known, but not installed or not in order.
        RecipeError: if there is no such component, or it has no such options.
    """
    known = known or catalogue()
    spec = known.get(kind, use, where=where)
    cls = known.load(kind, spec.id, where=where)
    checked = scheduled_options(cls, options, where=where, clock=clock)
    return Part(spec, cls, checked, where, clock)
