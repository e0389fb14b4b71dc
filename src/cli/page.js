(() => {
	"use strict";
	document.documentElement.classList.add("js");
	const steppers = [];
	let active = null;

	const text = (tag, content, cls) => {
		const el = document.createElement(tag);
		if (cls) el.className = cls;
		el.textContent = content;
		return el;
	};
	/* Scroll inside the pane only: the page stays where the reader put it. */
	const show = row => {
		const pane = row && row.closest(".pane");
		if (!pane) return;
		const top = row.offsetTop - pane.scrollTop;
		if (top < 60 || top > pane.clientHeight - 60)
			pane.scrollTop = row.offsetTop - pane.clientHeight / 2;
	};
	const order = key => {
		const [frame, where] = key.split(":");
		return +frame * 1000 + (where[0] === "R" ? +where.slice(1) : 100 - +where.slice(2));
	};

	class Stepper {
		constructor(el) {
			this.el = el;
			this.number = +el.dataset.program;
			const data = JSON.parse(el.querySelector("script.moments").textContent);
			this.moments = data.moments;
			this.notes = data.notes;
			this.marks = Object.keys(this.notes).map(Number).sort((a, b) => a - b);
			this.rows = new Map([...el.querySelectorAll(".row[data-insn]")].map(r => [+r.dataset.insn, r]));
			this.at = this.moments.length - 1;
			this.slider = el.querySelector("input");
			this.slider.max = this.moments.length;
			const been = new Set(this.moments.map(m => m.insn));
			for (const [insn, row] of this.rows) {
				if (!been.has(insn)) continue;
				row.classList.add("been");
				row.addEventListener("click", () => this.visit(insn));
			}
			el.querySelectorAll("button").forEach(b => b.addEventListener("click", () => this.act(b.dataset.act)));
			this.slider.addEventListener("input", () => this.go(+this.slider.value - 1));
			el.querySelectorAll(".story li[data-moment]").forEach(li => li.addEventListener("click", e => {
				e.preventDefault();
				this.go(+li.dataset.moment);
			}));
			el.addEventListener("pointerdown", () => { active = this; });
			el.addEventListener("focusin", () => { active = this; });
		}
		/* The next time that the path comes by, else the first. */
		visit(insn) {
			let to = this.moments.findIndex((m, i) => i > this.at && m.insn === insn);
			if (to < 0) to = this.moments.findIndex(m => m.insn === insn);
			this.go(to);
		}
		act(what) {
			const before = this.marks.filter(m => m < this.at), after = this.marks.filter(m => m > this.at);
			const to = {
				first: 0,
				last: this.moments.length - 1,
				back: this.at - 1,
				next: this.at + 1,
				"event-back": before.length ? before[before.length - 1] : 0,
				"event-next": after.length ? after[0] : this.moments.length - 1,
			}[what];
			if (to !== undefined) this.go(to);
		}
		state() {
			const values = new Map();
			for (let i = 0; i <= this.at; i++) {
				const m = this.moments[i];
				for (const key of values.keys())
					if (+key.split(":")[0] > m.frame) values.delete(key);
				for (const v of m.changes) {
					const key = v.frame + ":" + v.where;
					if (v.log === undefined) values.delete(key);
					else values.set(key, v);
				}
			}
			return values;
		}
		go(to, quiet) {
			this.at = Math.max(0, Math.min(this.moments.length - 1, to));
			active = this;
			this.draw();
			if (!quiet) history.replaceState(null, "", `#p=${this.number}&step=${this.at + 1}`);
		}
		draw() {
			const m = this.moments[this.at], row = this.rows.get(m.insn);
			this.el.dataset.step = this.at + 1;
			this.slider.value = this.at + 1;
			this.el.querySelectorAll(".now").forEach(r => r.classList.remove("now"));
			if (row) {
				row.classList.add("now");
				show(row);
				const source = row.dataset.line && document.getElementById(row.dataset.line);
				if (source) {
					source.classList.add("now");
					show(source);
				}
			}
			this.el.querySelectorAll(`.story li[data-moment="${this.at}"]`).forEach(li => li.classList.add("now"));
			this.el.querySelector(".count").textContent = `step ${this.at + 1} of ${this.moments.length}`;
			this.el.querySelector(".here").textContent = (this.notes[this.at] || []).join("; ");
			const end = this.at === this.moments.length - 1;
			this.el.querySelectorAll("button").forEach(b => {
				b.disabled = /first|back/.test(b.dataset.act) ? this.at === 0 : end;
			});
			this.drawState(m);
		}
		drawState(m) {
			const pane = this.el.querySelector(".state"), values = this.state();
			const changed = new Set(m.changes.map(v => v.frame + ":" + v.where));
			const refs = document.createElement("div"), table = document.createElement("table");
			refs.className = "refs";
			refs.append("references held: ");
			if (!m.refs.length) refs.append("none");
			m.refs.forEach(r => refs.append(text("b", r), " "));
			let frame = -1;
			for (const key of [...values.keys()].sort((a, b) => order(a) - order(b))) {
				const v = values.get(key), tr = document.createElement("tr"), words = document.createElement("td");
				if (v.frame !== frame && m.frame > 0) {
					const head = document.createElement("tr"), th = text("th", v.frame ? `frame ${v.frame}` : "frame 0, the outermost");
					th.colSpan = 3;
					head.append(th);
					table.append(head);
				}
				frame = v.frame;
				if (changed.has(key) && this.at) tr.classList.add("changed");
				if (v.ref) tr.classList.add("ref");
				words.append(v.words, text("span", v.log, "log mono"));
				tr.append(text("td", v.where, "mono"), text("td", v.name || "", "mono"), words);
				table.append(tr);
			}
			pane.replaceChildren(text("h3", "Known before this instruction"), refs, table);
		}
	}

	document.querySelectorAll("article[data-program]").forEach(el => {
		if (el.querySelector("script.moments")) steppers.push(new Stepper(el));
	});
	const follow = () => {
		const want = new URLSearchParams(location.hash.slice(1));
		const s = steppers.find(x => x.number === +want.get("p")) || steppers[0];
		if (!s || !want.get("step")) return;
		s.go(+want.get("step") - 1, true);
		s.el.querySelector(".stepper").scrollIntoView();
	};
	steppers.forEach(s => s.draw());
	active = steppers[0] || null;
	follow();
	addEventListener("hashchange", follow);
	addEventListener("keydown", e => {
		if (!active || e.ctrlKey || e.altKey || e.metaKey || e.target.tagName === "INPUT") return;
		const what = {
			ArrowRight: "next", ArrowLeft: "back", l: "next", h: "back",
			n: "event-next", p: "event-back", j: "event-next", k: "event-back",
			Home: "first", End: "last",
		}[e.key];
		if (!what) return;
		e.preventDefault();
		active.act(what);
	});
})();
