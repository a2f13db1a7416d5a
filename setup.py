from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
config = ConfigParser(delimiters=["="])
config.read(here / "settings.ini", encoding="utf-8")
s = config["DEFAULT"]

extras = {
    name: s.get(f"{name}_requirements", "").split()
    for name in ("book", "dev", "site", "taken", "bench", "pretrained")
}
extras["dev"] = extras["book"] + extras["dev"]

setup(
    name=s["lib_name"],
    version=s["version"],
    description=s["description"],
    long_description=(here / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author=s["author"],
    author_email=s["author_email"],
    url=s["git_url"],
    keywords=s["keywords"].split(),
    license="Apache-2.0",
    license_files=["LICENSE*"],
    packages=[
        *find_packages(include=["genmodels", "genmodels.*"]),
        "genmodels.results",
    ],
    package_dir={
        "genmodels.results": "nbs/results"
    },  # the ledger, for `genmodels list`
    include_package_data=False,
    package_data={
        "genmodels": ["py.typed", "assets/**/*"],
        "genmodels.results": ["*.json"],
    },
    python_requires=f">={s['min_python']}",
    install_requires=s["requirements"].split(),
    extras_require=extras,
    entry_points={
        "console_scripts": s["console_scripts"].split(),
        "nbdev": [f"{s['lib_name']}={s['lib_path']}._modidx:d"],
    },
    zip_safe=False,
)
