"""Which browser asks, as a closed list: enough to find out what fails on which phone, too little to know anybody by."""

from __future__ import annotations

import re

UNKNOWN = "other"
# The first that matches; WeChat, QQ and the makers' browsers all call themselves Chrome or Safari too.
_FAMILIES = (
    ("WeChat", r"MicroMessenger"),
    ("Alipay", r"AlipayClient"),
    ("QQ", r"MQQBrowser|QQ/"),
    ("UC", r"UCBrowser"),
    ("Huawei", r"HuaweiBrowser|ArkWeb"),
    ("Xiaomi", r"MiuiBrowser|XiaoMi/"),
    ("Samsung", r"SamsungBrowser"),
    ("Edge", r"Edg[ eA]?"),
    ("Opera", r"OPR/|Opera"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrome|CriOS|Chromium"),
    ("Safari", r"Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", r"OpenHarmony|HarmonyOS"),
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad|iPod"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh"),
    ("Linux", r"Linux|X11"),
)


def browser_of(untrusted_agent: str) -> str:
    """Family and system, as "Chrome · Android"; at most 40 characters, whatever was sent."""
    text = untrusted_agent[:400]
    names = [next((name for name, pattern in table if re.search(pattern, text)), UNKNOWN)
             for table in (_FAMILIES, _SYSTEMS)]  # fmt: skip
    return " · ".join(names)
