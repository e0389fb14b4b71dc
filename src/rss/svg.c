// SPDX-License-Identifier: BSD-2-Clause
#include "rss/svg.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rss/advice.h"
#include "rss/name.h"
#include "rss/policy.h"

typedef unsigned long long ull;

/* SAs with a colour of their own; then the others together, and fragments. */
#define OWN_COLOURS 9
#define OTHERS	    OWN_COLOURS
#define FRAGMENTS   (OWN_COLOURS + 1)
#define NR_SERIES   (OWN_COLOURS + 2)

#define PAGE_WIDTH  960
#define MARGIN	    40
#define PLOT_LEFT   88
#define PLOT_RIGHT  680
#define PLOT_HEIGHT 300
#define LEGEND_LEFT 712
#define ROW	    22
#define LABELS_MAX  20 /* CPU numbers below the bars */

/* Lines of the sentences at the top, in characters of a proportional fount. */
#define VERDICT_CHARS 100
#define NOTE_CHARS    130

struct picture {
	const struct rss_plan_result *r;
	struct strbuf *out;
	u64 (*bytes)[NR_SERIES]; /* by CPU */
	u32 y;			 /* how far down the page is full */
};

/* Plain colours, overruled where the viewer is dark: not every renderer knows custom properties. */
static const char style[] =
	"<style>\n"
	"text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
	"fill:#1f2328}\n"
	"text.h{font-size:22px;font-weight:600}text.v{font-size:15px}"
	"text.s{font-size:14px;font-weight:600}text.d{fill:#59636e}\n"
	".e{text-anchor:end}.m{text-anchor:middle}"
	"text.n{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:12px}\n"
	"text.l{paint-order:stroke;stroke:#ffffff;stroke-width:4px}"
	".bg{fill:#ffffff}.g{stroke:#d1d9e0;stroke-width:1}"
	".a{stroke:#1f2328;stroke-width:1.5;stroke-dasharray:6 4}.t{fill:#eef1f4}\n"
	".good{fill:#1a7f37}.mid{fill:#bf8700}.bad{fill:#cf222e}\n"
	".c0{fill:#4269d0}.c1{fill:#efb118}.c2{fill:#ff725c}.c3{fill:#6cc5b0}.c4{fill:#3ca951}"
	".c5{fill:#ff8ab7}.c6{fill:#a463f2}.c7{fill:#5fb4e5}.c8{fill:#9c6b4e}"
	".c9{fill:#9aa4af}.c10{fill:url(#stripes)}\n"
	"@media (prefers-color-scheme:dark){text{fill:#e6edf3}text.d{fill:#9198a1}"
	"text.l{stroke:#0d1117}"
	".bg{fill:#0d1117}.g{stroke:#3d444d}.a{stroke:#e6edf3}.t{fill:#1c222a}"
	".good{fill:#3fb950}.mid{fill:#d29922}.bad{fill:#f85149}.c9{fill:#6e7681}}\n"
	"</style>\n"
	"<defs><pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" class=\"c9\"/>"
	"<rect width=\"2\" height=\"6\" class=\"bg\"/></pattern></defs>\n";

/* Text as XML has it. What XML cannot hold at all becomes a question mark. */
static void add_text(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (text[i]) {
		case '<':
			strbuf_addf(out, "&lt;");
			break;
		case '>':
			strbuf_addf(out, "&gt;");
			break;
		case '&':
			strbuf_addf(out, "&amp;");
			break;
		case '"':
			strbuf_addf(out, "&quot;");
			break;
		default:
			strbuf_addf(out, "%c",
				    (u8)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i]);
		}
	}
}

/* As @text but for what is no UTF-8, which makes a whole document unreadable. */
static void add_foreign_text(struct strbuf *out, const char *text)
{
	while (*text) {
		u8 c = (u8)*text;
		u32 more = c < 0x80		   ? 0
			   : c >= 0xc2 && c < 0xe0 ? 1
			   : c >= 0xe0 && c < 0xf0 ? 2
			   : c >= 0xf0 && c < 0xf5 ? 3
						   : 9;
		u32 n = 0;

		while (n < more && more != 9 && ((u8)text[n + 1] & 0xc0) == 0x80)
			n++;
		if (n == more)
			add_text(out, text, n + 1);
		else
			strbuf_addf(out, "?");
		text += n == more ? n + 1 : 1;
	}
}

/* A sentence in lines of at most @chars. */
static void add_sentence(struct picture *p, const char *text, u32 chars, const char *class)
{
	while (*text) {
		size_t len = strlen(text);

		if (len > chars) {
			len = chars;
			while (len && text[len] != ' ')
				len--;
			if (!len)
				len = chars;
		}
		p->y += ROW;
		strbuf_addf(p->out, "<text x=\"%d\" y=\"%u\" class=\"%s\">", MARGIN, p->y, class);
		add_text(p->out, text, len);
		strbuf_addf(p->out, "</text>\n");
		text += len;
		text += strspn(text, " ");
	}
}

static const char *grade(double imbalance)
{
	return imbalance <= 1.5 ? "good" : imbalance <= 3 ? "mid" : "bad";
}

static void sum_up(struct picture *p)
{
	const struct rss_plan_result *r = p->r;

	for (u32 i = 0; i < r->nr_sas; i++) {
		const struct rss_plan_sa *sa = r->sas[i];

		for (u32 j = 0; j < sa->nr_parts; j++)
			p->bytes[sa->parts[j].cpu][min(i, (u32)OTHERS)] += sa->parts[j].tally.bytes;
	}
	for (u32 i = 0; i < r->nr_cpus; i++)
		p->bytes[i][FRAGMENTS] = r->fragments[i].bytes;
}

static void add_head(struct picture *p, const char *subtitle)
{
	const struct rss_plan_result *r = p->r;
	struct strbuf verdict = STRBUF_INIT;
	char policy[16], bytes[16];

	rss_advice_verdict(r, &verdict);
	p->y = 52;
	strbuf_addf(p->out,
		    "<text x=\"%d\" y=\"%u\" class=\"h\">IPsec over %u CPU%s, policy %s</text>\n",
		    MARGIN, p->y, r->nr_cpus, r->nr_cpus == 1 ? "" : "s",
		    rss_plan_policy_text(r, policy));
	p->y += 26;
	strbuf_addf(p->out, "<text x=\"%d\" y=\"%u\" class=\"d\">%llu packets, %s", MARGIN, p->y,
		    (ull)r->all.packets, rss_bytes_text(r->all.bytes, bytes));
	if (r->last_ns > r->first_ns)
		strbuf_addf(p->out, " in %.1f s", (double)(r->last_ns - r->first_ns) / 1e9);
	strbuf_addf(p->out, " &#183; ");
	add_foreign_text(p->out, subtitle);
	strbuf_addf(p->out, "</text>\n");
	p->y += 8;
	add_sentence(p, strbuf_text(&verdict), VERDICT_CHARS, "v");
	strbuf_free(&verdict);
}

/* The scale's end and steps: at most six lines, at 1, 2 or 5 times a power of ten. */
static double scale_of(double max, double *step)
{
	double power = pow(10, floor(log10(max / 5)));
	double n = max / 5 / power;

	*step = power * (n <= 1 ? 1 : n <= 2 ? 2 : n <= 5 ? 5 : 10);
	return ceil(max / *step - 1e-9) * *step;
}

static void add_axis(struct picture *p, u32 bottom, double end, double step)
{
	u32 lines = (u32)(end / step + 0.5);

	for (u32 i = 0; i <= lines; i++) {
		double y = bottom - PLOT_HEIGHT * i / (double)lines;

		strbuf_addf(p->out,
			    "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
			    "<text class=\"d e\" x=\"%d\" y=\"%.1f\">%g %%</text>\n",
			    PLOT_LEFT, PLOT_RIGHT, y, y, PLOT_LEFT - 8, y + 4, i * step);
	}
}

static void add_mean(struct picture *p, u32 bottom, double end)
{
	double mean = 100.0 / p->r->nr_cpus;

	if (mean <= end)
		strbuf_addf(p->out,
			    "<line class=\"a\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\">"
			    "<title>even: %.2f %%</title></line>\n",
			    PLOT_LEFT, PLOT_RIGHT, bottom - PLOT_HEIGHT * mean / end,
			    bottom - PLOT_HEIGHT * mean / end, mean);
}

static void add_series_name(struct picture *p, u32 series)
{
	const struct rss_plan_result *r = p->r;
	char addr[RSS_ADDR_TEXT];

	if (series == FRAGMENTS)
		strbuf_addf(p->out, "fragments");
	else if (series == OTHERS)
		strbuf_addf(p->out, "%u other SAs", r->nr_sas - OWN_COLOURS);
	else
		strbuf_addf(
			p->out, "0x%08x to %s", ntohl(r->sas[series]->key.spi),
			rss_addr_text(r->sas[series]->key.daddr, r->sas[series]->key.family, addr));
}

static void add_bar(struct picture *p, u32 cpu, u32 bottom, double end)
{
	double pitch = (double)(PLOT_RIGHT - PLOT_LEFT) / p->r->nr_cpus;
	double gap = pitch > 6 ? min(pitch * 0.25, 24.0) : 0;
	double x = PLOT_LEFT + pitch * cpu + gap / 2, y = bottom;

	for (u32 i = 0; i < NR_SERIES; i++) {
		double share = rss_percent(p->bytes[cpu][i], p->r->spread.total);
		double height = PLOT_HEIGHT * share / end;

		if (!p->bytes[cpu][i])
			continue;
		y -= height;
		strbuf_addf(p->out,
			    "<rect class=\"c%u\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
			    "height=\"%.2f\"><title>CPU %u: ",
			    i, x, y, pitch - gap, height, cpu);
		add_series_name(p, i);
		strbuf_addf(p->out, ", %.2f %%</title></rect>\n", share);
	}
}

static void add_cpu_labels(struct picture *p, u32 bottom, double end)
{
	const struct rss_plan_result *r = p->r;
	double pitch = (double)(PLOT_RIGHT - PLOT_LEFT) / r->nr_cpus;
	u32 each = (r->nr_cpus + LABELS_MAX - 1) / LABELS_MAX;

	for (u32 i = 0; i < r->nr_cpus; i += each) {
		double x = PLOT_LEFT + pitch * (i + 0.5);
		double share = rss_percent(r->cpus[i].bytes, r->spread.total);

		strbuf_addf(p->out, "<text class=\"d m\" x=\"%.1f\" y=\"%u\">%u</text>\n", x,
			    bottom + 18, i);
		if (r->nr_cpus <= 12 && share > 0)
			strbuf_addf(p->out,
				    "<text class=\"m n l\" x=\"%.1f\" y=\"%.1f\">%.1f</text>\n", x,
				    bottom - PLOT_HEIGHT * share / end - 5, share);
	}
	strbuf_addf(p->out, "<text class=\"d m\" x=\"%d\" y=\"%u\">CPU</text>\n",
		    (PLOT_LEFT + PLOT_RIGHT) / 2, bottom + 38);
}

static void add_legend(struct picture *p, u32 top)
{
	const struct rss_plan_result *r = p->r;
	u64 total[NR_SERIES] = {0};
	u32 y = top + 14;

	for (u32 cpu = 0; cpu < r->nr_cpus; cpu++) {
		for (u32 i = 0; i < NR_SERIES; i++)
			total[i] += p->bytes[cpu][i];
	}
	strbuf_addf(p->out,
		    "<text x=\"%d\" y=\"%u\" class=\"v\">imbalance <tspan class=\"%s\" "
		    "font-weight=\"600\">%.2f</tspan></text>"
		    "<line class=\"a\" x1=\"%d\" x2=\"%d\" y1=\"%u\" y2=\"%u\"/>"
		    "<text x=\"%d\" y=\"%u\" class=\"d\">even: %.4g %%</text>\n",
		    LEGEND_LEFT, y, grade(r->spread.imbalance), r->spread.imbalance, LEGEND_LEFT,
		    LEGEND_LEFT + 20, y + ROW - 4, y + ROW - 4, LEGEND_LEFT + 28, y + ROW,
		    100.0 / r->nr_cpus);
	y += 2 * ROW + 6;
	for (u32 i = 0; i < NR_SERIES; i++) {
		if (!total[i])
			continue;
		strbuf_addf(p->out,
			    "<rect class=\"c%u\" x=\"%d\" y=\"%u\" width=\"14\" height=\"14\" "
			    "rx=\"2\"/><text class=\"n\" x=\"%d\" y=\"%u\">",
			    i, LEGEND_LEFT, y - 11, LEGEND_LEFT + 22, y);
		if (i < OWN_COLOURS)
			strbuf_addf(p->out, "0x%08x", ntohl(r->sas[i]->key.spi));
		else
			add_series_name(p, i);
		strbuf_addf(p->out, "<title>");
		add_series_name(p, i);
		strbuf_addf(p->out,
			    "</title></text><text class=\"n e\" x=\"%d\" y=\"%u\">%.1f %%</text>\n",
			    PAGE_WIDTH - MARGIN, y, rss_percent(total[i], r->spread.total));
		y += ROW;
	}
}

static void add_chart(struct picture *p)
{
	u32 top = p->y + 56, bottom = top + PLOT_HEIGHT;
	double end, step;

	if (!p->r->spread.total)
		return;
	end = scale_of(rss_percent(p->r->spread.max, p->r->spread.total) * 1.04, &step);
	strbuf_addf(p->out,
		    "<text class=\"s\" x=\"%d\" y=\"%u\">Share of the steered bytes</text>\n",
		    MARGIN, top - 14);
	add_axis(p, bottom, end, step);
	for (u32 i = 0; i < p->r->nr_cpus; i++)
		add_bar(p, i, bottom, end);
	add_mean(p, bottom, end);
	add_cpu_labels(p, bottom, end);
	add_legend(p, top);
	p->y = bottom + 48;
}

static void add_ways(struct picture *p)
{
	const struct rss_plan_result *r = p->r;
	const u32 left = 260, right = 680;

	if (!r->nr_ways || !r->ways[0].spread.total)
		return;
	p->y += 34;
	strbuf_addf(p->out,
		    "<text class=\"s\" x=\"%d\" y=\"%u\">Compared: the busiest CPU's share</text>"
		    "<text class=\"d e\" x=\"%u\" y=\"%u\">imbalance</text>"
		    "<text class=\"d e\" x=\"%d\" y=\"%u\">speed-up</text>\n",
		    MARGIN, p->y, right + 160, p->y, PAGE_WIDTH - MARGIN, p->y);
	for (u32 i = 0; i < r->nr_ways; i++) {
		const struct rss_way *way = &r->ways[i];
		double share = rss_percent(way->spread.max, way->spread.total);

		p->y += ROW + 2;
		strbuf_addf(
			p->out,
			"<text x=\"%d\" y=\"%u\">%s</text>"
			"<rect class=\"t\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"14\" rx=\"2\"/>"
			"<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%.1f\" height=\"14\" "
			"rx=\"2\"/>",
			MARGIN, p->y, way->text, left, p->y - 11, right - left,
			grade(way->spread.imbalance), left, p->y - 11,
			(right - left) * share / 100);
		strbuf_addf(p->out,
			    "<text class=\"n\" x=\"%u\" y=\"%u\">%.1f %%</text>"
			    "<text class=\"n e\" x=\"%u\" y=\"%u\">%.2f</text>"
			    "<text class=\"n e\" x=\"%d\" y=\"%u\">%.1f</text>\n",
			    right + 12, p->y, share, right + 160, p->y, way->spread.imbalance,
			    PAGE_WIDTH - MARGIN, p->y, way->spread.speedup);
	}
}

static void add_reasons(struct picture *p)
{
	const struct rss_plan_result *r = p->r;

	p->y += 34;
	strbuf_addf(p->out, "<text class=\"s\" x=\"%d\" y=\"%u\">Packets by reason</text>\n",
		    MARGIN, p->y);
	for (u32 i = 0; i < RSS_NR_REASONS; i++) {
		if (!r->reasons[i].packets)
			continue;
		p->y += ROW;
		strbuf_addf(p->out,
			    "<text class=\"n\" x=\"%d\" y=\"%u\">%s</text>"
			    "<text class=\"n e\" x=\"300\" y=\"%u\">%llu</text>"
			    "<text class=\"n e\" x=\"380\" y=\"%u\">%.1f %%</text>"
			    "<text class=\"d\" x=\"404\" y=\"%u\">%s</text>\n",
			    MARGIN, p->y, rss_reason_name(i), p->y, (ull)r->reasons[i].packets,
			    p->y, rss_percent(r->reasons[i].packets, r->all.packets), p->y,
			    rss_reason_text(i));
	}
}

static void add_notes(struct picture *p)
{
	struct strbuf notes = STRBUF_INIT;
	char *line, *save = NULL;

	rss_advice_notes(p->r, &notes);
	if (notes.len) {
		p->y += 34;
		strbuf_addf(p->out, "<text class=\"s\" x=\"%d\" y=\"%u\">To note</text>\n", MARGIN,
			    p->y);
	}
	for (line = notes.len ? strtok_r(notes.text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		add_sentence(p, line, NOTE_CHARS, "w");
	strbuf_free(&notes);
}

void rss_svg(const struct rss_plan_result *r, const char *subtitle, struct strbuf *out)
{
	struct strbuf body = STRBUF_INIT;
	struct picture p = {.r = r, .out = &body};

	p.bytes = calloc(r->nr_cpus, sizeof(*p.bytes));
	if (!p.bytes) {
		out->failed = true;
		return;
	}
	sum_up(&p);
	add_head(&p, subtitle);
	add_chart(&p);
	add_ways(&p);
	add_notes(&p);
	add_reasons(&p);
	p.y += MARGIN;
	strbuf_addf(out,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		    "viewBox=\"0 0 %d %u\" role=\"img\">\n<title>How IPsec packets would be spread "
		    "over %u CPUs: imbalance %.2f</title>\n",
		    PAGE_WIDTH, p.y, PAGE_WIDTH, p.y, r->nr_cpus, r->spread.imbalance);
	strbuf_add(out, style, sizeof(style) - 1);
	strbuf_addf(out, "<rect class=\"bg\" width=\"100%%\" height=\"100%%\"/>\n");
	strbuf_add(out, strbuf_text(&body), body.len);
	strbuf_addf(out, "</svg>\n");
	out->failed |= body.failed;
	strbuf_free(&body);
	free(p.bytes);
}
