"""HTML pages from the templates in ``templates``: whole in themselves, with every text escaped."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, **values: object) -> str:
    """Fill in a template; a name that it asks for and that is not given is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    shop = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shop.filters["capitalize_first"] = lambda text: f"{text[:1].upper()}{text[1:]}"
    return shop.get_template(template).render(values)
