#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Explanations: as text (golden), as a page looked at in a browser, as SARIF.
load helpers.bash

object=$BUILD/tests/cli/explain.bpf.o

# Where the page is looked at: flags that work without a display, a sandbox or a network.
browser() {
	local profile=$BATS_TEST_TMPDIR/profile.$RANDOM
	timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--user-data-dir="$profile" --window-size=1400,1700 "$@" 2>"$BATS_TEST_TMPDIR/browser"
}

need_browser() {
	command -v chromium >/dev/null || skip "no chromium here (tools/install-packages browser)"
}

# page STEP: the document after the scripts ran, in $dom.
page() {
	dom=$(browser --virtual-time-budget=5000 --dump-dom "file://$BATS_TEST_TMPDIR/page.html$1")
	[[ $dom == *"</html>"* ]]
}

# The text of the page's state pane and what else the step shows.
shown() { # step | insn-of KIND | a class of elements
	printf "%s" "$dom" | python3 "$SOURCE/tests/cli/shown.py" "$@"
}

@test "typical mistakes, word for word (explain.golden)" {
	clang --version | grep -q 'clang version 14' || skip "registers are clang 14's choice"
	cd "$SOURCE"
	run_tool 1 verify "$object"
	# Times differ; so do the places of builds.
	sed -e "s|^$BUILD/||" -e 's/, [0-9]* us$//' "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/now"
	# To take what is said now for right: cp it to tests/cli/explain.golden, and read the diff.
	diff -u "$SOURCE/tests/cli/explain.golden" "$BATS_TEST_TMPDIR/now"
}

@test "json: rule, names, words, columns" {
	run_tool 1 verify -p leak_on_error --json "$object"
	json 'd[0]["rule"] == "reference-leak" and isinstance(d[0]["explanation"], str)'
	json 'd[0]["source"]["column"] > 0 and d[0]["acquired"]["column"] > 0'
	json '[s["kind"] for s in d[0]["path"]] == ["acquire", "branch", "branch", "end"]'
	json 'd[0]["path"][1]["note"].startswith("x is not NULL")'
	run_tool 1 verify -p lookup_not_tested --json "$object"
	json '[v["name"] for v in d[0]["values"]] == ["flow"] and "NULL or" in d[0]["values"][0]["words"]'
	run_tool 1 verify -p lookup_not_tested --json --explain none "$object"
	json '"path" not in d[0] and "explanation" not in d[0]'
}

@test "one document at a time" {
	for pair in "--json --sarif" "--json --explain=html" "--sarif --explain=html"; do
		run_tool 2 verify $pair "$object"
		one_clear_line
		[[ $err == *"exclude each other"* ]]
	done
	run_tool 2 verify -o "$BATS_TEST_TMPDIR/x" "$object"
	one_clear_line
	run_tool 2 verify --sarif --log 2 "$object"
	one_clear_line
}

@test "the page: written whole or not at all" {
	run_tool 1 verify --explain html -o "$BATS_TEST_TMPDIR/page.html" "$object"
	[[ $out == *"leak_on_error (xdp): rejected"* ]]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/page.html")" = "</html>" ]
	run_tool 2 verify --explain html -o /nonexistent/page.html "$object"
	one_clear_line
	mkdir "$BATS_TEST_TMPDIR/dir"
	run_tool 2 verify --explain html -o "$BATS_TEST_TMPDIR/dir" "$object"
	one_clear_line
	[ "$(find "$BATS_TEST_TMPDIR" -name '*.html*' | wc -l)" -eq 1 ]
	# To standard output, what was accepted is listed too.
	run_tool 1 verify --explain html "$examples/xfrm_get_state.bpf.o" "$object"
	[[ $out == "<!DOCTYPE html>"*"xfrm_get_state_xdp"*">accepted<"*"</html>" ]]
	# A link stays one; what is open already is not replaced.
	: >"$BATS_TEST_TMPDIR/target"
	ln -s target "$BATS_TEST_TMPDIR/link"
	run_tool 1 verify --explain html -o "$BATS_TEST_TMPDIR/link" -p leak_on_error "$object"
	[ -L "$BATS_TEST_TMPDIR/link" ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/target")" = "</html>" ]
	run_tool 1 verify --explain html -o /proc/self/fd/1 -p leak_on_error "$object"
	[[ $out == *"(xdp): rejected"*"<!DOCTYPE html>"*"</html>" ]]
}

@test "the page: complete in itself, the story readable without scripts, nothing unescaped" {
	cp "$object" "$BATS_TEST_TMPDIR/<img src=x onerror=alert(1)>&'\".o"
	run_tool 1 verify --explain html "$BATS_TEST_TMPDIR/<img src=x onerror=alert(1)>&'\".o"
	[[ $out != *"<img"* ]]
	[[ $out == *"&lt;img src=x onerror=alert(1)&gt;&amp;&#39;&quot;.o"* ]]
	! printf '%s' "$out" | grep -Eq '(src|href)="?(https?:)?//|url\(|@import|<link'
	without=$(printf '%s' "$out" | python3 -c "import re,sys; print(re.sub(r'<script.*?</script>', '', sys.stdin.read(), flags=re.S))")
	[[ $without == *"x is not NULL: on to line"* ]]
	[[ $without == *"The xfrm_state x that bpf_xdp_get_xfrm_state() returned at line"* ]]
	[[ $without == *"if (x-&gt;props.reqid != 7)"* ]]
}

@test "the page in a browser: stepping" {
	need_browser
	run_tool 1 verify -p leak_on_error --explain html -o "$BATS_TEST_TMPDIR/page.html" "$object"
	page ""
	last=$(shown step)
	[ "$last" -gt 10 ]
	[[ $(shown count) == "step $last of $last "* ]]
	[[ $(shown here) == "rejected here "* ]]
	[[ $(shown refs) == *"references held: 2"* ]]
	page "#p=1&step=1"
	[ "$(shown step)" = 1 ]
	[[ $(shown state) == *"R1 ctx the context (struct xdp_md *) ctx() "* ]]
	[[ $(shown state) != *"R0 "* ]]
	[[ $(shown refs) == *"none"* ]]
	# Step by step the instruction pointed at follows the path, and x appears where it is acquired.
	call=$(shown insn-of acquire)
	page "#p=1&step=$call"
	[[ $(shown now) == *"call bpf_xdp_get_xfrm_state"* ]]
	[[ $(shown here) == *"x is acquired: reference"* ]]
	page "#p=1&step=$((call + 1))"
	[[ $(shown state) == *"R0 x NULL or a pointer to struct xfrm_state ptr_or_null_xfrm_state(id=2,ref_obj_id=2)"* ]]
	[[ $(shown refs) == *"2"* ]]
	# Keys and buttons, by a script that presses them.
	sed 's|</body>|<script>for (const k of ["Home", "ArrowRight", "ArrowRight", "ArrowLeft", "n"]) dispatchEvent(new KeyboardEvent("keydown", {key: k})); document.querySelector("[data-act=next]").click();</script></body>|' \
		"$BATS_TEST_TMPDIR/page.html" >"$BATS_TEST_TMPDIR/keys.html"
	mv "$BATS_TEST_TMPDIR/keys.html" "$BATS_TEST_TMPDIR/page.html"
	page ""
	[ "$(shown step)" = "$((call + 1))" ]
}

@test "the page in a browser: drawn, light and dark" {
	need_browser
	run_tool 1 verify -p leak_on_error --explain html -o "$BATS_TEST_TMPDIR/page.html" "$object"
	for scheme in 0 1; do # dark, light
		browser --blink-settings=preferredColorScheme=$scheme \
			--screenshot="$BATS_TEST_TMPDIR/$scheme.png" "file://$BATS_TEST_TMPDIR/page.html"
		# An empty page is a few kilobytes.
		[ "$(stat -c %s "$BATS_TEST_TMPDIR/$scheme.png")" -gt 50000 ]
	done
	! cmp -s "$BATS_TEST_TMPDIR/0.png" "$BATS_TEST_TMPDIR/1.png"
}

@test "sarif: valid, with rules, places and the path" {
	cd "$SOURCE"
	run_tool 1 verify --sarif "$examples/xfrm_get_state.bpf.o" "$object"
	printf '%s' "$out" | python3 "$SOURCE/tests/cli/sarif.py"
	json 'len(d["runs"][0]["results"]) == 13'
	json 'len({r["id"] for r in d["runs"][0]["tool"]["driver"]["rules"]}) == len(d["runs"][0]["tool"]["driver"]["rules"])'
	json 'any(r["ruleId"] == "reference-leak" and r["properties"]["program"] == "leak_on_error" and r["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "tests/cli/explain.bpf.c" and len(r["codeFlows"][0]["threadFlows"][0]["locations"]) == 4 for r in d["runs"][0]["results"])'
	run_tool 0 verify --sarif "$examples/xfrm_get_state.bpf.o"
	printf '%s' "$out" | python3 "$SOURCE/tests/cli/sarif.py"
	json 'd["runs"][0]["results"] == []'
}

@test "source lines that are no UTF-8" {
	python3 - "$object" "$BATS_TEST_TMPDIR/latin.o" <<-'EOF'
		import sys
		data = open(sys.argv[1], "rb").read()
		assert b"flow->packets++;" in data
		open(sys.argv[2], "wb").write(data.replace(b"flow->packets++;", b"flow->packets\xe9+;"))
	EOF
	run_tool 1 verify -p lookup_not_tested --json "$BATS_TEST_TMPDIR/latin.o"
	json 'd[0]["source"]["text"] == "flow->packets?+;"'
	run_tool 1 verify -p lookup_not_tested --sarif "$BATS_TEST_TMPDIR/latin.o"
	printf '%s' "$out" | python3 "$SOURCE/tests/cli/sarif.py"
	run_tool 1 verify -p lookup_not_tested --explain html "$BATS_TEST_TMPDIR/latin.o"
}

@test "what the kernel rejects is a finding too, without a story" {
	"$espalier" verify --engine kernel "$examples/xfrm_get_state.bpf.o" >/dev/null 2>&1 ||
		skip "bpf(2) is not permitted here, or the kernel lacks the kfuncs"
	run_tool 1 verify --engine kernel --sarif "$examples/xfrm_leak.bpf.o"
	printf '%s' "$out" | python3 "$SOURCE/tests/cli/sarif.py"
	json 'd["runs"][0]["results"][0]["ruleId"] == "rejected"'
	run_tool 1 verify --engine kernel --explain html "$examples/xfrm_leak.bpf.o"
	[[ $out == *"The kernel decided, and explains nothing."*"</html>" ]]
}
