# The hub's whole configuration: ours, then the academy's own file, then what must hold in any case.
from dalil.hub.configuration import apply, guard
from dalil.hub.starting import OWN_FILE, hub_settings

c = get_config()  # type: ignore[name-defined]  # noqa: F821
settings = hub_settings()
apply(c, settings)
if (own := settings.root / OWN_FILE).is_file():
    load_subconfig(str(own))  # type: ignore[name-defined]  # noqa: F821
guard(c, settings)
