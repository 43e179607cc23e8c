"""A screen reader's visit: /usr/bin/python3 atspi_visit.py CODE ANSWER.

Everything is found by role and name and pressed by DoAction over AT-SPI; no coordinate, no key. Prints what was found
on the way, a JSON line each.
"""

import json
import sys
import time

import pyatspi

PATIENCE_S = 150.0


def everything(item):
    """All that is showing, below one."""
    for child in item:
        if child is None:
            continue
        if child.getState().contains(pyatspi.STATE_SHOWING):
            yield child
        yield from everything(child)


def kiosk():
    """Its application on the accessibility bus."""
    apps = [app for app in pyatspi.Registry.getDesktop(0) if app is not None]
    return next((app for app in apps if "ython" in app.name or "kiosk" in app.name.lower()), None)


def seen(role, right):
    """What has this role, and a name that is right."""
    app = kiosk()
    try:
        return next((i for i in everything(app) if i.getRole() == role and right(i.name)), None) if app else None
    except (LookupError, RuntimeError, AttributeError):
        return None  # it has just left the screen
    except Exception as error:  # GLib.Error has no class of its own here
        if "atspi" not in str(error).lower() and "dbus" not in str(error).lower():
            raise
        return None


def wait(role, right, what):
    """Until it is there."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = seen(role, right)
        if found is not None:
            print(json.dumps([str(found.getRoleName()), found.name], ensure_ascii=False), flush=True)
            return found
        time.sleep(0.1)
    app = kiosk()
    there = [i.name for i in everything(app) if i.name] if app else "no application"
    raise SystemExit(f"nothing is {what}; there is {there}")


def press(name, whole=True):
    """A button, by its name."""
    button = wait(pyatspi.ROLE_PUSH_BUTTON, lambda n: n == name if whole else n.startswith(name), f"a button {name}")
    action = button.queryAction()
    names = [action.getName(n).lower() for n in range(action.nActions)]
    action.doAction(names.index("press"))


def heading(words):
    """A screen, by its heading."""
    return wait(pyatspi.ROLE_HEADING, lambda name: words in name, f"a heading {words}")


def visit(code, answer):
    """From the number to the paper."""
    heading("扫描检查单上的条码")
    press("没带检查单？手动输入")
    heading("请输入检查号")
    letters = False
    for one in code:
        if one.isalpha() != letters:
            press("123" if letters else "ABC")
            letters = not letters
        press(one)
    press("确认")
    heading("请输入患者身份证后 6 位")
    for one in answer:
        press(one)
    press("确认")
    heading("份报告可以领取")
    press("打印", whole=False)
    heading("请取走您的报告")
    press("结束")
    heading("扫描检查单上的条码")


if __name__ == "__main__":
    visit(*sys.argv[1:])
