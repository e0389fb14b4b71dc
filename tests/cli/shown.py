#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""shown.py WHAT <DOM: what the page of --explain html shows of its first program."""
import html.parser
import sys


class Page(html.parser.HTMLParser):
    """Text under elements of a class; attributes of the first program and of the steps."""

    void = {"meta", "input", "br", "link", "img", "hr"}

    def __init__(self):
        super().__init__()
        self.stack, self.texts, self.step, self.steps = [], {}, None, {}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        classes = (attrs.get("class") or "").split()
        if tag == "article" and "data-step" in attrs and self.step is None:
            self.step = attrs["data-step"]
        if tag == "li" and "data-moment" in attrs:
            self.steps.setdefault(classes[0], int(attrs["data-moment"]) + 1)
        if tag not in self.void:
            self.stack.append((tag, classes))

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for name in {c for _, classes in self.stack for c in classes}:
            self.texts.setdefault(name, []).append(data)


page = Page()
page.feed(sys.stdin.read())
what = sys.argv[1]
if what == "step":
    print(page.step)
elif what == "insn-of":
    print(page.steps[sys.argv[2]])
else:
    print(" ".join(" ".join(page.texts.get(what, [])).split()) + " ")
