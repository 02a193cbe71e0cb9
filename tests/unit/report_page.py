"""What every page of mvx-replay report must be, whatever trace it was made of."""

import base64
import hashlib
import re
import xml.etree.ElementTree as ElementTree

DOCTYPE = "<!DOCTYPE html>\n"
HARMFUL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
ALLOWED = set("html head meta title style body header nav main section footer h1 h2 h3 p a strong b i code pre mark br ul ol "
              "li div span table thead tbody tr th td details summary svg defs pattern path rect text g".split())
LIMIT_BYTES = 5 << 20


class Page:
    """A page as a tree; the case's asserts say what is wrong with it."""

    def __init__(self, case, source):
        self.case, self.source = case, source
        case.assertTrue(source.startswith(DOCTYPE))
        case.assertLess(len(source.encode()), LIMIT_BYTES)
        case.assertIsNone(HARMFUL.search(source))
        # as strict a reader as there is: what is escaped badly does not get past it
        self.root = ElementTree.fromstring(source[len(DOCTYPE):])
        self.check_elements()
        self.check_policy()

    def check_elements(self):
        ids, links = [], []
        for element in self.root.iter():
            self.case.assertIn(element.tag, ALLOWED | {"title"})
            for name, value in element.attrib.items():
                self.case.assertFalse(name.startswith("on") or name in ("style", "src", "srcset", "action"), name)
                if name == "href":
                    self.case.assertRegex(value, "^#[A-Za-z0-9.]+$")
                    links.append(value[1:])
                elif name == "id":
                    self.case.assertRegex(value, "^[A-Za-z0-9.]+$")
                    ids.append(value)
                self.case.assertNotRegex(value, "(?i)javascript:|https?:|//")
        self.case.assertEqual(len(ids), len(set(ids)))
        self.ids, self.links = set(ids), set(links)

    def check_policy(self):
        [policy] = [meta.get("content") for meta in self.root.iter("meta")
                    if meta.get("http-equiv") == "Content-Security-Policy"]
        [style] = self.root.iter("style")
        digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
        self.case.assertEqual(policy, "default-src 'none'; base-uri 'none'; form-action 'none'; "
                                      f"style-src 'sha256-{digest}'")
        self.case.assertEqual(set(re.findall(r"url\([^)]*\)|@import", style.text)), {"url(#hatch)"})

    def find(self, tag, **attributes):
        attributes = {name.rstrip("_"): value for name, value in attributes.items()}
        return [element for element in self.root.iter(tag)
                if all(value in element.get(name, "").split() for name, value in attributes.items())]

    def headings(self):
        return [text_of(element) for element in self.root.iter("h2")]

    def section(self, heading):
        """The section that has this heading."""
        [found] = [section for section in self.root.iter("section")
                   for element in section.iter("h2") if text_of(element) == heading]
        return found

    def text(self):
        return text_of(self.root.find("body"))


def text_of(element):
    return "".join(element.itertext())
