// SPDX-License-Identifier: BSD-2-Clause
#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "cli.h"
#include "rss_top.h"

/* Lines besides those of CPUs and SAs. */
#define OTHER_LINES 11
#define FIRST_NS    500000000ull

struct screen {
	struct top *top;
	enum top_sort sort;
	u32 scrolled;
	bool paused;
	bool help;
};

static const char *const help_text[] = {
	"q        quit",
	"s, S     sort SAs by the next column, by the one before",
	"p, space pause, and go on",
	"up, down, page up, page down, home, end",
	"         scroll the SAs",
	"?, h     this help",
	"",
	"CPU      policy: gets SAs without an owner; owners: only those that belong to it",
	"SHARE    of the packets that are steered",
	"BACKLOG  packets in the CPU's queue; DROP/S, DROPPED: that found it full",
	"FRAGS    fragments that an SA sent; CHGS: how often it changed its CPU",
	"gone     the SA is no longer in the kernel",
	"",
	"Any key goes back.",
};

static bool coloured;

static attr_t attribute(enum top_look look)
{
	if (look == TOP_TITLE)
		return A_REVERSE;
	if (!coloured)
		return look == TOP_BAD || look == TOP_WARN ? A_BOLD : A_NORMAL;
	switch (look) {
	case TOP_GOOD:
		return (attr_t)COLOR_PAIR(TOP_GOOD);
	case TOP_WARN:
		return (attr_t)COLOR_PAIR(TOP_WARN);
	case TOP_BAD:
		return (attr_t)COLOR_PAIR(TOP_BAD) | A_BOLD;
	default:
		return A_NORMAL;
	}
}

static void put_line(int row, const struct top_line *l)
{
	attr_t a = attribute(l->look);

	attron(a);
	/* A title reaches over the whole line. */
	if (l->look == TOP_TITLE)
		mvhline(row, 0, ' ' | (chtype)a, COLS);
	mvaddnstr(row, 0, l->text, COLS);
	attroff(a);
}

static void draw_help(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(help_text) && (int)i < LINES; i++)
		mvaddnstr((int)i, 0, help_text[i], COLS);
}

static void draw_page(struct screen *s)
{
	u32 rows = LINES > 0 ? (u32)LINES : 1, room, rest;
	const struct top_view v = {
		.st = s->top->st,
		.speeds = &s->top->speeds,
		.note = s->top->note,
		.sort = s->sort,
		.width = COLS > 0 ? (u32)COLS : 1,
		.cpu_rows = rows > OTHER_LINES + 4 ? (rows - OTHER_LINES) / 2 : 2,
	};
	struct top_page page;
	char foot[128];

	top_page_make(&v, &page);
	for (u32 i = 0; i < page.nr_head && i + 1 < rows; i++)
		put_line((int)i, &page.at[i]);
	room = rows > page.nr_head + 1 ? rows - page.nr_head - 1 : 0;
	rest = page.nr - page.nr_head;
	s->scrolled = min(s->scrolled, rest > room ? rest - room : 0);
	for (u32 i = 0; i < room && s->scrolled + i < rest; i++)
		put_line((int)(page.nr_head + i), &page.at[page.nr_head + s->scrolled + i]);
	snprintf(foot, sizeof(foot), "q quit  s sort  p pause  arrows scroll  ? help%s",
		 s->paused ? "  PAUSED" : "");
	if (rest > room && room)
		snprintf(foot + strlen(foot), sizeof(foot) - strlen(foot), "  SAs %u-%u of %u",
			 s->scrolled + 1, s->scrolled + room, rest);
	attron(A_REVERSE);
	mvhline(LINES - 1, 0, ' ' | A_REVERSE, COLS);
	mvaddnstr(LINES - 1, 0, foot, COLS);
	attroff(A_REVERSE);
	top_page_free(&page);
}

static void draw(struct screen *s)
{
	erase();
	if (s->help)
		draw_help();
	else
		draw_page(s);
	refresh();
}

/* False: quit. */
static bool key(struct screen *s, int c)
{
	u32 page = LINES > 12 ? (u32)LINES / 2 : 4;

	if (s->help) {
		s->help = c == KEY_RESIZE;
		return c != 'q';
	}
	switch (c) {
	case 'q':
	case 'Q':
		return false;
	case 's':
		s->sort = (s->sort + 1) % TOP_NR_SORTS;
		break;
	case 'S':
		s->sort = (s->sort + TOP_NR_SORTS - 1) % TOP_NR_SORTS;
		break;
	case 'p':
	case ' ':
		s->paused = !s->paused;
		break;
	case '?':
	case 'h':
		s->help = true;
		break;
	case KEY_DOWN:
		s->scrolled++;
		break;
	case KEY_UP:
		s->scrolled -= s->scrolled > 0;
		break;
	case KEY_NPAGE:
		s->scrolled += page;
		break;
	case KEY_PPAGE:
		s->scrolled -= min(page, s->scrolled);
		break;
	case KEY_HOME:
		s->scrolled = 0;
		break;
	case KEY_END:
		s->scrolled = U32_MAX / 2;
		break;
	default:
		break;
	}
	return true;
}

static void begin(void)
{
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	coloured = has_colors() && !getenv("NO_COLOR");
	if (!coloured)
		return;
	start_color();
	use_default_colors();
	init_pair(TOP_GOOD, COLOR_GREEN, -1);
	init_pair(TOP_WARN, COLOR_YELLOW, -1);
	init_pair(TOP_BAD, COLOR_RED, -1);
}

/* newterm() would leak where it fails. */
static bool is_known(void)
{
	int found;

	if (setupterm(NULL, STDOUT_FILENO, &found) == ERR)
		return false;
	del_curterm(cur_term);
	return true;
}

int top_screen(struct top *t, double interval)
{
	struct screen s = {.top = t};
	u64 step = (u64)(interval * 1e9), due;
	SCREEN *term = is_known() ? newterm(NULL, stdout, stdin) : NULL;
	int c, err = 0;

	if (!term)
		return complain(
			EXIT_NO_SUPPORT,
			"rss top: terminal %s: not known to terminfo (--batch N needs none)",
			getenv("TERM") ? getenv("TERM") : "without TERM");
	begin();
	/* The first rates soon. */
	due = t->at + min(step, FIRST_NS);
	do {
		u64 now = rss_now();

		if (now >= due) {
			if (!s.paused)
				err = top_look_again(t);
			due = now + step;
		}
		draw(&s);
		timeout((int)((due - min(now, due)) / 1000000) + 1);
		c = getch();
	} while (err != -ENOMEM && (c == ERR ? isatty(STDIN_FILENO) : key(&s, c)));
	endwin();
	delscreen(term);
	return err == -ENOMEM ? complain(EXIT_REJECTED, "rss top: out of memory") : EXIT_DONE;
}
